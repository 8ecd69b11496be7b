import { FactError, type FactReplies, readFacts } from "../facts/fact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { ApiState, ClusterContext, NodeContext, Target } from "../role/step.ts";
import { blocked, type Verdict } from "../role/verdict.ts";
import type { Instance } from "./expand.ts";
import type { Plan } from "./plan.ts";

/** What was seen of all machines in one look. */
export interface Facts {
  /** Node name -> replies. A node that did not answer is absent. */
  readonly nodes: ReadonlyMap<string, FactReplies>;
  readonly api: ApiState;
  /** Replies of a healthy control plane about the cluster; null unless `api` is "up". */
  readonly kube: FactReplies | null;
}

/** The context a step's functions get. Throws FactError on a reply that is not understood. */
export function contextOf(
  instance: Instance,
  target: Target,
  facts: Facts,
): NodeContext<Record<never, never>, Record<never, never>> {
  const { step, node } = instance;
  const kubeSpec = step.scope === "cluster" ? step.kube(target) : node === null ? {} : (step.kube?.({ ...target, node }) ?? {});
  const kube = facts.kube === null ? null : readFacts(kubeSpec, facts.kube);
  if (step.scope === "cluster" || node === null)
    return { ...target, api: facts.api, kube } as unknown as NodeContext<Record<never, never>, Record<never, never>>;
  const nodeTarget = { ...target, node };
  return {
    ...nodeTarget,
    api: facts.api,
    kube,
    facts: readFacts(step.facts(nodeTarget), facts.nodes.get(node.name) ?? new Map()),
  };
}

export function verdictOf(instance: Instance, target: Target, facts: Facts): Verdict {
  try {
    const context = contextOf(instance, target, facts);
    if (instance.step.scope === "cluster") return checkCluster(instance, context);
    return instance.step.check(context);
  } catch (error) {
    if (!(error instanceof FactError)) throw error;
    return blocked({ code: "facts/not-understood", message: error.message, seen: error.seen });
  }
}

/** A step of the cluster can only be checked by asking the API; without an answer its changes are known when it is up. */
function checkCluster(instance: Instance, context: ClusterContext<Record<never, never>>): Verdict {
  const { step } = instance;
  if (step.scope !== "cluster") throw new Error(`${step.id} is not a step of the cluster`);
  if (context.api !== "down") return step.check(context);
  const detail = "the API server does not answer now; looked at again when it does";
  return { status: "change", changes: [{ what: "object", action: "look", target: step.id, detail }] };
}

/** PURE: inventory + facts -> plan. Diagnostics are those found while looking (a node that did not answer, and so on). */
export function assemble(instances: readonly Instance[], target: Target, facts: Facts, diagnostics: readonly Diagnostic[]): Plan {
  const answered = (instance: Instance): boolean => instance.node === null || facts.nodes.has(instance.node.name);
  return {
    cluster: target.cluster.name,
    steps: instances.filter(answered).map((instance) => ({
      id: instance.id,
      summary: instance.step.summary,
      node: instance.node?.name ?? null,
      after: instance.after,
      verdict: verdictOf(instance, target, facts),
    })),
    diagnostics,
  };
}
