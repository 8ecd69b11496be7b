import { type Fact, FactError, type FactReplies, type FactSpec, type FactValues, readFacts } from "../facts/fact.ts";
import { type Finding, unknown } from "../kernel/answer.ts";
import type { Check, CheckTarget, Result } from "./check.ts";

/** Everything `judgeNode` will read: the facts of the checks that are asked of that node. */
export const factsOfChecks = (checks: readonly Check[], target: CheckTarget) =>
  asked(checks, target).flatMap((check) => Object.values(check.facts(target)));

const asked = (checks: readonly Check[], target: CheckTarget): readonly Check[] =>
  checks.filter((check) => check.when?.(target) ?? true);

/** The checks' answers for one machine, in their order. A reply that one check does not understand makes that answer unknown, and no other. */
export function judgeNode(checks: readonly Check[], target: CheckTarget, replies: FactReplies): readonly Result[] {
  const read = readOnce(replies);
  return asked(checks, target).map((check) => ({
    check: check.name,
    title: check.title,
    node: target.node.name,
    findings: orUnknown(check.title, () => check.judge({ ...target, facts: read(check.facts(target)) })),
  }));
}

/** Many checks ask the same facts: each reply is parsed once. */
function readOnce(replies: FactReplies): <S extends FactSpec>(spec: S) => FactValues<S> {
  const values = new Map<string, unknown>();
  const once = (fact: Fact<unknown>): Fact<unknown> => ({
    ...fact,
    parse: (reply) => {
      if (!values.has(fact.key)) values.set(fact.key, fact.parse(reply));
      return values.get(fact.key);
    },
  });
  return (spec) =>
    readFacts(Object.fromEntries(Object.entries(spec).map(([name, fact]) => [name, once(fact)])) as typeof spec, replies);
}

function orUnknown(title: string, judge: () => readonly Finding[]): readonly Finding[] {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof FactError)) throw error;
    return [notUnderstood(title, error)];
  }
}

export const notUnderstood = (title: string, error: FactError): Finding => ({
  what: title,
  answer: unknown(error.seen === "" ? error.message : `${error.message}; the machine said: ${error.seen}`),
});
