import { type ClusterSpec, controlPlanes, inTurn, type NodeSpec } from "../model/cluster.ts";
import type { Condition } from "../role/action.ts";
import type { Dependency, Step, Target } from "../role/step.ts";

/** A step on a node, or a step of the cluster: "containerd/config@node-3", "cni/flannel". */
export interface Instance {
  readonly id: string;
  readonly step: Step;
  readonly node: NodeSpec | null;
  /** Ids of instances that must be ok first. */
  readonly after: readonly string[];
}

export const instanceId = (stepId: string, node: NodeSpec | null): string => (node === null ? stepId : `${stepId}@${node.name}`);

/**
 * All step instances of a cluster, in an order in which each comes after what it depends on.
 * Throws Error on an unknown step id or a cycle: both are mistakes in a role, never in an inventory.
 */
export function expand(cluster: ClusterSpec, steps: readonly Step[]): readonly Instance[] {
  const applies = (step: Step, node: NodeSpec): boolean => step.scope === "node" && (step.when?.(node, cluster) ?? true);
  const byId = new Map(steps.map((step) => [step.id, step]));
  const planes = controlPlanes(cluster);
  const turns = inTurn(cluster);

  const resolve = (dependency: Dependency, from: Step, node: NodeSpec | null): readonly string[] => {
    const { step: id, on } = typeof dependency === "string" ? { step: dependency, on: "same-node" } : dependency;
    const step = byId.get(id);
    if (step === undefined) throw new Error(`step ${from.id} comes after ${id}, which no role has`);
    if (step.scope === "cluster") return [id];
    if (on === "first-control-plane") return planes.slice(0, 1).map((plane) => instanceId(id, plane));
    if (on === "previous-control-plane") {
      const index = node === null ? -1 : planes.indexOf(node);
      return index > 0 ? [instanceId(id, planes[index - 1] as NodeSpec)] : [];
    }
    if (on === "previous-node") {
      const before = node === null ? [] : turns.slice(0, turns.indexOf(node)).filter((one) => applies(step, one));
      return before.slice(-1).map((one) => instanceId(id, one));
    }
    const nodes = on === "every-node" || node === null ? cluster.nodes : [node];
    return nodes.filter((one) => applies(step, one)).map((one) => instanceId(id, one));
  };

  const instances = steps.flatMap((step): Instance[] => {
    const nodes = step.scope === "cluster" ? [null] : cluster.nodes.filter((node) => applies(step, node));
    return nodes.map((node) => ({
      id: instanceId(step.id, node),
      step,
      node,
      after: [...new Set((step.after ?? []).flatMap((dependency) => resolve(dependency, step, node)))],
    }));
  });
  return inOrder(instances);
}

/** What must hold after the step was done, and whenever it is asked for. */
export function conditionsOf({ step, node }: Instance, target: Target): readonly Condition[] {
  if (step.scope === "cluster") return step.verify?.(target) ?? [];
  return node === null ? [] : (step.verify?.({ ...target, node }) ?? []);
}

/** Instances so that each stands after its dependencies; otherwise in the order given. Throws Error on a cycle. */
export function inOrder<T extends { readonly id: string; readonly after: readonly string[] }>(
  instances: readonly T[],
): readonly T[] {
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  const done = new Set<string>();
  const open = new Set<string>();
  const ordered: T[] = [];
  const visit = (instance: T): void => {
    if (done.has(instance.id)) return;
    if (open.has(instance.id)) throw new Error(`steps depend on each other in a circle: ${[...open, instance.id].join(" -> ")}`);
    open.add(instance.id);
    for (const id of instance.after) {
      const dependency = byId.get(id);
      if (dependency !== undefined) visit(dependency);
    }
    open.delete(instance.id);
    done.add(instance.id);
    ordered.push(instance);
  };
  instances.forEach(visit);
  return ordered;
}
