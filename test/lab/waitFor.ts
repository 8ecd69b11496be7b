import { setTimeout as pause } from "node:timers/promises";
import { LabError } from "./LabError.ts";
import { interrupted } from "./shell.ts";

export interface Patience {
  readonly intervalMs: number;
  readonly deadlineMs: number;
  /** For tidying up, which an interruption must not cut short. */
  readonly evenInterrupted?: boolean;
}

/** Until the condition answers null; what it answers otherwise is the reason told when the deadline passes. */
export async function waitFor(
  what: string,
  patience: Patience,
  condition: () => Promise<string | null> | string | null,
): Promise<void> {
  const end = performance.now() + patience.deadlineMs;
  for (;;) {
    const reason = await condition();
    if (reason === null) return;
    if (interrupted() && patience.evenInterrupted !== true) throw new LabError("interrupted", 130);
    if (performance.now() > end) throw new LabError(`${what}: not within ${patience.deadlineMs / 1000} s: ${reason}`);
    await pause(patience.intervalMs);
  }
}
