import { setTimeout as after } from "node:timers/promises";
import type { RunResult } from "../host/host.ts";
import type { Condition } from "../role/action.ts";

export type Waited = { readonly met: true } | { readonly met: false; readonly reason: string; readonly seconds: number };

/** What an asker says when it got no reply at all, but may get one later. */
export interface NoReply {
  readonly noReply: string;
}

/** Polls until the condition is met, is hopeless, its deadline has passed, or `signal` aborts (rejects with the abort reason). */
export async function waitFor(
  condition: Condition,
  ask: () => Promise<RunResult | NoReply>,
  options: { readonly signal?: AbortSignal; readonly onReason?: (reason: string) => void } = {},
): Promise<Waited> {
  const start = performance.now();
  let last: string | null = null;
  let since: number | null = null;
  for (;;) {
    const reply = await ask();
    const unmet = "noReply" in reply ? reply.noReply : condition.unmet(reply);
    since = unmet === null ? (since ?? performance.now()) : null;
    if (since !== null && performance.now() - since >= (condition.holdMs ?? 0)) return { met: true };
    const reason = unmet ?? "so now; it must stay so for a while";
    if (reason !== last) options.onReason?.(reason);
    last = reason;
    const spent = performance.now() - start;
    const hopeless = unmet !== null && !("noReply" in reply) && condition.hopeless?.(reply) === true;
    if (hopeless || spent >= condition.deadlineMs) return { met: false, reason, seconds: Math.round(spent / 1000) };
    await after(
      Math.min(condition.intervalMs, condition.deadlineMs - spent),
      undefined,
      options.signal === undefined ? {} : { signal: options.signal },
    );
  }
}
