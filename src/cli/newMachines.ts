import { type FactReplies, readFacts } from "../facts/fact.ts";
import { hostFacts } from "../facts/hostFacts.ts";
import type { NodeSpec } from "../model/cluster.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Plan } from "../plan/plan.ts";
import type { CheckTarget, Result } from "../preflight/check.ts";
import { remark } from "../preflight/results.ts";
import { waive } from "../preflight/waive.ts";
import { betweenNodes } from "../run/betweenNodes.ts";
import { allChecks, checkNames } from "./preflightChecks.ts";
import { lookAtMachines } from "./preflightLook.ts";
import type { Prepared } from "./prepare.ts";

/** Machines that answered and that no cluster has claimed yet. */
export const newMachines = (prepared: Prepared, nodes: ReadonlyMap<string, FactReplies>): readonly NodeSpec[] =>
  prepared.cluster.nodes.filter(({ name }) => {
    const replies = nodes.get(name);
    return replies?.has(hostFacts.key) === true && readFacts({ host: hostFacts }, replies).host.claimedBy === "";
  });

/**
 * The whole of `preflight` for machines that are new, before `plan` and `up` go on: kernels by doing, all machines compared, the network
 * between them. What the plan's own look has told of them already is left out.
 */
export async function judgeNewMachines(
  { cluster, target, world }: Prepared,
  fresh: readonly NodeSpec[],
  told: Plan,
): Promise<readonly Diagnostic[]> {
  const { catalog } = target;
  const answered = new Set(told.steps.flatMap(({ node }) => node ?? []));
  const nodes = cluster.nodes.filter(({ name }) => answered.has(name));
  const targets = nodes.map((node): CheckTarget => ({ cluster, node, catalog, features: [], thorough: true }));
  const looked = await lookAtMachines(world.sessions, targets, allChecks);
  // Not at the same time: the look would find the listeners of the other.
  const between = await betweenNodes(world.sessions, { cluster }, [...answered]);
  const isNew = new Set(fresh.map(({ name }) => name));
  const own = new Set(allChecks.node.map(({ name }) => name));
  // Of machines that are in the cluster already only what concerns the new ones beside them is of interest.
  const relevant = [...looked.results, ...between].filter(({ check, node }) => isNew.has(node) || !own.has(check));
  const { results } = waive(relevant, cluster, { known: checkNames, asked: [] });
  const known = new Set(
    told.steps.flatMap(({ node, verdict }) => {
      const reasons = verdict.status === "blocked" ? verdict.reasons : (verdict.warnings ?? []);
      return reasons.map(({ code, message }) => `${node} ${code} ${message}`);
    }),
  );
  return [...results.flatMap(asDiagnostics), ...looked.diagnostics].filter(
    ({ code, message, place }) => !known.has(`${place.node} ${code} ${message}`),
  );
}

const asDiagnostics = (result: Result): readonly Diagnostic[] =>
  result.findings.flatMap((finding) => {
    const said = remark(result, finding);
    if (said === null) return [];
    return [{ severity: said.blocking ? "error" : "warning", ...said.remark, place: { node: result.node } } as const];
  });
