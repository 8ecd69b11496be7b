/** What a person at the lab's command line is told instead of a stack trace. */
export class LabError extends Error {
  readonly exitCode: number;
  /** exitCode: 1 something failed; 3 the lab cannot run on this machine; 130 interrupted. */
  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = "LabError";
    this.exitCode = exitCode;
  }
}
