import { setTimeout as after } from "node:timers/promises";
import type { FactReplies } from "../facts/fact.ts";
import { controlPlanes } from "../model/cluster.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Target } from "../role/step.ts";
import { judgeRefusals, kubeFactsOfRefusals, nodeFactsOfRefusals } from "../upgrade/refusals/index.ts";
import type { HopTarget } from "../upgrade/refusals/refusal.ts";
import type { UpgradePlan } from "../upgrade/upgradePlan.ts";
import { lookAtCluster, lookAtHost, nodeDiagnostic } from "./look.ts";
import { apiPatienceMs } from "./lookPatiently.ts";
import type { Sessions } from "./sessions.ts";

/** A static pod is back within that time; a cluster that is not has something to be looked at. */
const patienceMs = 30_000;
const againMs = 1_000;

/**
 * Why the first hop of `plan` must not begin, and what to know before it does: one script per node and one for the cluster. What may
 * pass by itself (a pod that starts) counts when it has not passed in half a minute, an API that does not answer in three. Changes nothing.
 */
export async function refusalsOf(
  sessions: Sessions,
  { cluster, catalog }: Pick<Target, "cluster" | "catalog">,
  { hops: [hop], staged, groups }: Pick<UpgradePlan, "hops" | "staged" | "groups">,
): Promise<readonly Diagnostic[]> {
  if (hop === undefined) return [];
  const draining = new Set(groups.flatMap(({ nodes }) => nodes.map(({ name }) => name)));
  const target: HopTarget = { cluster, catalog, hop, staging: new Set(staged), draining };
  const since = performance.now();
  for (;;) {
    const { diagnostics, mayPass, answers } = await lookAndJudge(sessions, target);
    if (!mayPass || performance.now() - since > (answers ? patienceMs : apiPatienceMs)) return diagnostics;
    await after(againMs);
  }
}

async function lookAndJudge(
  sessions: Sessions,
  target: HopTarget,
): Promise<ReturnType<typeof judgeRefusals> & { readonly answers: boolean }> {
  const lost: Diagnostic[] = [];
  const nodes = new Map<string, FactReplies>();
  const [{ kube }] = await Promise.all([
    lookAtCluster(sessions, controlPlanes(target.cluster), kubeFactsOfRefusals(target)),
    ...target.cluster.nodes.map(async (node) => {
      try {
        const facts = nodeFactsOfRefusals(target, node);
        nodes.set(node.name, await sessions.with(node.name, (host) => lookAtHost(host, facts)));
      } catch (error) {
        lost.push(nodeDiagnostic(node.name, error));
      }
    }),
  ]);
  if (kube === null) return { diagnostics: [noAnswer, ...lost], mayPass: true, answers: false };
  const judged = judgeRefusals(target, { kube, nodes }, Date.now() / 1000);
  return { diagnostics: [...lost, ...judged.diagnostics], mayPass: lost.length === 0 && judged.mayPass, answers: true };
}

const noAnswer: Diagnostic = {
  severity: "error",
  code: "upgrade/no-answer",
  message: "no control plane's API server answers",
  place: {},
  hint: "crictl ps -a and journalctl -u kubelet on a control plane say why",
};
