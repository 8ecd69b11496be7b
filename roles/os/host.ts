import type { Fact, FactReplies, FactReply } from "../../src/facts/fact.ts";
import type { Check, CheckTarget } from "../../src/preflight/check.ts";
import { hostChecks } from "../../src/preflight/host/index.ts";
import { factsOfChecks, judgeNode } from "../../src/preflight/judgeNode.ts";
import { kernelChecks } from "../../src/preflight/kernelChecks.ts";
import { verdictOfResults } from "../../src/preflight/results.ts";
import { waive } from "../../src/preflight/waive.ts";
import { type NodeTarget, nodeStep } from "../../src/role/step.ts";
import { blocked, ok } from "../../src/role/verdict.ts";

const checks: readonly Check[] = [...hostChecks, ...kernelChecks];

/** The light half of the checks; what writes, or takes a moment, is asked of machines that are new. */
const light = ({ cluster, node, catalog }: NodeTarget): CheckTarget => ({
  cluster,
  node,
  catalog,
  features: [],
  thorough: false,
});

/** Each check parses its own facts, so that a reply one of them does not understand spoils no other. */
const unparsed = (fact: Fact<unknown>): Fact<FactReply> => ({ ...fact, parse: (reply) => reply });

/** What the machine is, before anything is done to it. Changes nothing. */
export const host = nodeStep({
  id: "os/host",
  summary: "the machine can be a node",
  facts: (target) => Object.fromEntries(factsOfChecks(checks, light(target)).map((fact) => [fact.key, unparsed(fact)])),
  check: ({ facts, ...target }) => {
    const replies: FactReplies = new Map(Object.entries(facts as Readonly<Record<string, FactReply>>));
    const judged = judgeNode(checks, light(target), replies);
    const { results } = waive(judged, target.cluster, { known: checks.map(({ name }) => name), asked: [] });
    const { reasons, warnings } = verdictOfResults(results);
    if (reasons.length > 0) return blocked(...reasons);
    return warnings.length > 0 ? { status: "ok", warnings } : ok;
  },
  apply: () => [],
});
