import { setTimeout as after } from "node:timers/promises";
import type { RunResult } from "../host/host.ts";
import type { Condition } from "../role/action.ts";

export type Waited = { readonly met: true } | { readonly met: false; readonly reason: string; readonly seconds: number };

/** Polls until the condition is met, its deadline has passed, or `signal` aborts (rejects with the abort reason). */
export async function waitFor(
  condition: Condition,
  ask: () => Promise<RunResult>,
  options: { readonly signal?: AbortSignal; readonly onReason?: (reason: string) => void } = {},
): Promise<Waited> {
  const start = performance.now();
  let last: string | null = null;
  for (;;) {
    const reason = condition.unmet(await ask());
    if (reason === null) return { met: true };
    if (reason !== last) options.onReason?.(reason);
    last = reason;
    const spent = performance.now() - start;
    if (spent >= condition.deadlineMs) return { met: false, reason, seconds: Math.round(spent / 1000) };
    await after(
      Math.min(condition.intervalMs, condition.deadlineMs - spent),
      undefined,
      options.signal === undefined ? {} : { signal: options.signal },
    );
  }
}
