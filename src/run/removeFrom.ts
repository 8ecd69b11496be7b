import { type Host, HostError } from "../host/host.ts";
import { sh } from "../host/sh.ts";
import type { NodeSpec } from "../model/cluster.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Instance } from "../plan/expand.ts";
import { clearDeadRuns } from "./clearDeadRuns.ts";
import { describe } from "./describe.ts";
import { lockPath } from "./lock.ts";
import { nodeDiagnostic } from "./look.ts";
import { perform } from "./perform.ts";
import { StepFailure } from "./stepFailure.ts";
import type { WalkOptions } from "./walk.ts";

/** Undoes every step on `nodes`, last step first, all nodes at once. True when all came out; a node that fails keeps its mark of ownership. */
export async function removeFrom(
  nodes: readonly NodeSpec[],
  options: WalkOptions & { readonly instances: readonly Instance[] },
): Promise<boolean> {
  const { world, target, cache, emit, instances } = options;
  const results = await Promise.all(
    nodes.map(async (node): Promise<boolean> => {
      const attempt = async (step: string, work: (place: { step: string; node: string }) => Promise<unknown>) => {
        const place = { step, node: node.name };
        const start = performance.now();
        const seconds = (): number => Math.round(performance.now() - start) / 1000;
        emit({ type: "step-started", ...place });
        try {
          await work(place);
          emit({ type: "step-ended", ...place, outcome: "changed", seconds: seconds() });
          return true;
        } catch (error) {
          const diagnostics = [failure(place, error)];
          emit({ type: "step-ended", ...place, outcome: "failed", seconds: seconds(), diagnostics });
          return false;
        }
      };
      const on = <T>(use: (host: Host) => Promise<T>): Promise<T> => world.sessions.with(node.name, use);
      if (!(await attempt("reset/jobs", () => on((host) => clearDeadRuns(host, "stop"))))) return false;
      for (const { step } of instances.filter((one) => one.node === node).reverse()) {
        const actions = step.scope === "node" ? (step.remove?.({ ...target, node }) ?? []) : [];
        if (actions.length === 0) continue;
        const done = await attempt(step.id, async (place) => {
          for (const action of actions) {
            emit({ type: "action", ...place, summary: describe(action) });
            const onReason = (summary: string, reason: string) => emit({ type: "waiting", ...place, summary, reason });
            await perform(action, { world, cache, node: node.name, onReason });
          }
        });
        if (!done) return false;
      }
      return attempt("reset/lock", () => on((host) => host.run(sh`rm -f ${lockPath} ${`${lockPath}.owner`}`.text)));
    }),
  );
  return results.every((done) => done);
}

function failure(place: { readonly step: string; readonly node: string }, error: unknown): Diagnostic {
  if (error instanceof StepFailure)
    return {
      severity: "error",
      code: error.code,
      message: error.message,
      place,
      ...(error.seen === undefined ? {} : { seen: error.seen }),
    };
  if (error instanceof HostError) return { ...nodeDiagnostic(place.node, error), place };
  throw error;
}
