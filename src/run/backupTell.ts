import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import type { Emit } from "./event.ts";
import { failureDiagnostics } from "./failureDiagnostics.ts";
import { StepFailure } from "./stepFailure.ts";

export interface Telling {
  readonly step: string;
  readonly node: string | null;
}

/** A failure that the run's events have told already: whoever catches it need not print it again. */
export class ToldError extends ProvisionError {}

/** Does one piece of work as a step of the run. Its failure is told as the step's end, and thrown as ToldError with that exit code. */
export async function told<T>(emit: Emit, place: Telling, work: () => Promise<T>, exitCode: 1 | 3 = 1): Promise<T> {
  const start = performance.now();
  const end = (outcome: "changed" | "failed", diagnostics: readonly Diagnostic[] = []): void => {
    const seconds = Math.round(performance.now() - start) / 1000;
    emit({ type: "step-ended", ...place, outcome, seconds, ...(diagnostics.length === 0 ? {} : { diagnostics }) });
  };
  emit({ type: "step-started", ...place });
  try {
    const value = await work();
    end("changed");
    return value;
  } catch (error) {
    const diagnostics = failureDiagnostics(place, isOfThisMachine(error) ? notWritten(error) : error);
    end("failed", diagnostics);
    throw new ToldError(diagnostics, exitCode);
  }
}

/** A file system of this machine said no. */
const isOfThisMachine = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string" && "code" in error;

const notWritten = (error: NodeJS.ErrnoException): StepFailure =>
  new StepFailure("backup/not-written", "a file of the backup could not be written or read on this machine", {
    seen: error.message,
    hint: error.code === "ENOSPC" ? "make room, or name another folder" : "check the folder and who owns it",
  });
