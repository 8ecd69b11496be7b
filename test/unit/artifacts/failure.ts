import { type Diagnostic, ProvisionError } from "../../../src/model/diagnostic.ts";

/** The diagnostics a promise is refused with; anything but a ProvisionError fails the test as it is. */
export async function failure(promise: Promise<unknown>): Promise<readonly Diagnostic[]> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ProvisionError) return error.diagnostics;
    throw error;
  }
  throw new Error("was not refused");
}
