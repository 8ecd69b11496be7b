import type { Host } from "../host/host.ts";
import { sh } from "../host/sh.ts";
import type { NodeSpec } from "../model/cluster.ts";
import type { Instance } from "../plan/expand.ts";
import { attempt } from "./attempt.ts";
import { clearDeadRuns } from "./clearDeadRuns.ts";
import { describe } from "./describe.ts";
import { lockPath } from "./lock.ts";
import { perform } from "./perform.ts";
import type { WalkOptions } from "./walk.ts";

/** Undoes every step on `nodes`, last step first, all nodes at once. True when all came out; a node that fails keeps its mark of ownership. */
export async function removeFrom(
  nodes: readonly NodeSpec[],
  options: WalkOptions & { readonly instances: readonly Instance[] },
): Promise<boolean> {
  const { world, target, cache, emit, instances } = options;
  const results = await Promise.all(
    nodes.map(async (node): Promise<boolean> => {
      const on = <T>(use: (host: Host) => Promise<T>): Promise<T> => world.sessions.with(node.name, use);
      if (!(await attempt(emit, { step: "reset/jobs", node: node.name }, () => on((host) => clearDeadRuns(host, "stop")))))
        return false;
      for (const { step } of instances.filter((one) => one.node === node).reverse()) {
        const actions = step.scope === "node" ? (step.remove?.({ ...target, node }) ?? []) : [];
        if (actions.length === 0) continue;
        const place = { step: step.id, node: node.name };
        const done = await attempt(emit, place, async () => {
          for (const action of actions) {
            emit({ type: "action", ...place, summary: describe(action) });
            const onReason = (summary: string, reason: string) => emit({ type: "waiting", ...place, summary, reason });
            await perform(action, { world, cache, node: node.name, onReason });
          }
        });
        if (!done) return false;
      }
      return attempt(emit, { step: "reset/lock", node: node.name }, () =>
        on((host) => host.run(sh`rm -f ${lockPath} ${`${lockPath}.owner`}`.text)),
      );
    }),
  );
  return results.every((done) => done);
}
