import { workloadsFact } from "../facts/kube.ts";
import { controlPlanes, isControlPlane, type NodeSpec } from "../model/cluster.ts";
import { conditionsOf, type Instance } from "../plan/expand.ts";
import type { Condition } from "../role/action.ts";
import { etcdHealthy, kubeletStays, nodeSettled } from "../upgrade/gates.ts";
import { lookAtCluster } from "./look.ts";
import type { TurnContext } from "./nodeTurn.ts";
import { perform } from "./perform.ts";
import type { World } from "./world.ts";

/** What must hold before a node that was changed may take pods again. `kubelet`: the version it must say. */
export function inService(node: NodeSpec, kubelet: string, context: TurnContext): readonly Condition[] {
  const { target } = context;
  return [
    nodeSettled(node, kubelet),
    kubeletStays(node),
    ...(isControlPlane(node) ? [etcdHealthy(controlPlanes(target.cluster).length)] : []),
    ...own(node, context).flatMap((instance) => conditionsOf(instance, target)),
  ];
}

export const own = (node: NodeSpec, { instances }: Pick<TurnContext, "instances">): readonly Instance[] =>
  instances.filter((instance) => instance.node?.name === node.name);

/** Waits on that node, or where the condition says; reasons are told under `place`. Throws StepFailure at the deadline. */
export const waitOn = (
  condition: Condition,
  place: { readonly step: string; readonly node: string },
  { world, cache, emit }: Pick<TurnContext, "world" | "cache" | "emit">,
  signal?: AbortSignal,
): Promise<void> =>
  perform(
    { kind: "wait", condition },
    {
      world,
      cache,
      node: place.node,
      onReason: (summary, reason) => emit({ type: "waiting", ...place, summary, reason }),
      ...(signal === undefined ? {} : { signal }),
    },
  );

/** Waits for all. When one is not met no more is asked about the others: their reasons would be told behind what comes next. */
export async function waitOnAll(
  conditions: readonly Condition[],
  place: { readonly step: string; readonly node: string },
  context: Pick<TurnContext, "world" | "cache" | "emit">,
): Promise<void> {
  const missed = new AbortController();
  const ends = await Promise.allSettled(
    conditions.map((condition) =>
      waitOn(condition, place, context, missed.signal).catch((error) => {
        if (!missed.signal.aborted) missed.abort(error);
        throw error;
      }),
    ),
  );
  if (ends.some(({ status }) => status === "rejected")) throw missed.signal.reason;
}

/** DaemonSets and Deployments as they are now; none when nobody answers. */
export async function liveWorkloads(world: World) {
  const { kube } = await lookAtCluster(world.sessions, controlPlanes(world.cluster), [workloadsFact]);
  const reply = kube?.get(workloadsFact.key);
  return reply === undefined ? [] : workloadsFact.parse(reply);
}
