import { setTimeout as after } from "node:timers/promises";
import { lookAtCluster } from "./look.ts";

/** An only API server that is being replaced, by work that outlived its run, is back within that time, also on a slow machine. */
export const apiPatienceMs = 180_000;
const againMs = 1_000;

/** Like lookAtCluster, but a cluster that was set up and does not answer now is given three minutes to do so. */
export async function lookPatiently(...question: Parameters<typeof lookAtCluster>): ReturnType<typeof lookAtCluster> {
  const since = performance.now();
  for (;;) {
    const seen = await lookAtCluster(...question);
    if (seen.api !== "down" || performance.now() - since > apiPatienceMs) return seen;
    await after(againMs);
  }
}
