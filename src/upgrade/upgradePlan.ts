import { type ClusterSpec, controlPlanes } from "../model/cluster.ts";
import { changesOf, emptiesNode, type Plan } from "../plan/plan.ts";
import type { Hop } from "./hops.ts";
import { type TurnGroup, turnGroups } from "./order.ts";

/** What `upgrade` would do, as a document. The first hop is exact; those after it are known when it is done. */
export interface UpgradePlan {
  readonly cluster: string;
  readonly hops: readonly Hop[];
  /** Nodes on which programs or images are brought ahead, nothing that runs is touched. */
  readonly staged: readonly string[];
  /** Whose static pods are replaced, one at a time. */
  readonly controlPlanes: readonly string[];
  /** Whose turn comes: drained, changed, checked, back in service. */
  readonly groups: readonly TurnGroup[];
  /** Of the first hop. */
  readonly plan: Plan;
}

/** Pure. `stageIds`: ids of the steps that may be done ahead. */
export function upgradePlan(cluster: ClusterSpec, hops: readonly Hop[], plan: Plan, stageIds: ReadonlySet<string>): UpgradePlan {
  const changed = plan.steps.filter((step) => changesOf(step).length > 0);
  const nodes = (steps: Plan["steps"]): ReadonlySet<string> => new Set(steps.flatMap(({ node }) => node ?? []));
  const staged = nodes(changed.filter((step) => stageIds.has(step.id)));
  const planes = nodes(changed.filter((step) => step.id.startsWith("control-plane/applied@")));
  const restarted = changed.filter((step) => changesOf(step).some(emptiesNode));
  return {
    cluster: cluster.name,
    hops,
    staged: cluster.nodes.map(({ name }) => name).filter((name) => staged.has(name)),
    controlPlanes: controlPlanes(cluster)
      .map(({ name }) => name)
      .filter((name) => planes.has(name)),
    groups: turnGroups(
      cluster,
      nodes(restarted.filter((step) => !stageIds.has(step.id) && !step.id.startsWith("control-plane/"))),
    ),
    plan,
  };
}
