import { type Fact, FactError, type FactReplies, type FactValues, readFacts } from "../facts/fact.ts";
import { type Finding, seen } from "../kernel/answer.ts";
import type { CheckTarget, FleetCheck, Result } from "./check.ts";
import { notUnderstood } from "./judgeNode.ts";

/** One machine that answered. */
export interface Answered {
  readonly target: CheckTarget;
  readonly replies: FactReplies;
}

export const factsOfFleetChecks = (checks: readonly FleetCheck[], target: CheckTarget): readonly Fact<unknown>[] =>
  checks.flatMap((check) => Object.values(check.facts(target)));

/** The checks' answers for every machine that answered, check by check in the machines' order. Empty where no machine did. */
export function judgeFleet(checks: readonly FleetCheck[], machines: readonly Answered[]): readonly Result[] {
  const [first] = machines;
  if (first === undefined) return [];
  return checks.flatMap((check) => {
    const nodes = new Map<string, FactValues<ReturnType<typeof check.facts>>>();
    const unclear = new Map<string, readonly Finding[]>();
    for (const { target, replies } of machines) {
      try {
        nodes.set(target.node.name, readFacts(check.facts(target), replies));
      } catch (error) {
        if (!(error instanceof FactError)) throw error;
        unclear.set(target.node.name, [notUnderstood(check.title, error)]);
      }
    }
    const said = check.judge({ cluster: first.target.cluster, nodes });
    const fine: readonly Finding[] = [
      { what: check.title, answer: seen(`compared ${nodes.size} of ${machines.length} machines`) },
    ];
    return machines.map(({ target: { node } }) => ({
      check: check.name,
      title: check.title,
      node: node.name,
      findings: unclear.get(node.name) ?? said.get(node.name) ?? fine,
    }));
  });
}
