import type { Emit } from "./event.ts";
import { failureDiagnostics } from "./failureDiagnostics.ts";

/** Does one piece of work and tells its begin, end and failure as a step. True when it came out; a mistake of this program is rethrown. */
export async function attempt(
  emit: Emit,
  place: { readonly step: string; readonly node: string },
  work: () => Promise<unknown>,
): Promise<boolean> {
  const start = performance.now();
  const seconds = (): number => Math.round(performance.now() - start) / 1000;
  emit({ type: "step-started", ...place });
  try {
    await work();
    emit({ type: "step-ended", ...place, outcome: "changed", seconds: seconds() });
    return true;
  } catch (error) {
    const diagnostics = failureDiagnostics(place, error);
    emit({ type: "step-ended", ...place, outcome: "failed", seconds: seconds(), diagnostics });
    return false;
  }
}
