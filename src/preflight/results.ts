import type { Answer, Finding } from "../kernel/answer.ts";
import type { Result } from "./check.ts";

/** What a result comes to, in one word: the cell of a table. "allowed": a no that the inventory waives. */
export type Outcome = "yes" | "inferred" | "unknown" | "warning" | "allowed" | "no";

const ranks = { yes: 0, inferred: 1, unknown: 2, warning: 3, allowed: 4, no: 5 } as const;

export const outcomeOfAnswer = (answer: Answer): Exclude<Outcome, "allowed"> =>
  answer.says === "yes"
    ? answer.by === "seen"
      ? "yes"
      : "inferred"
    : answer.says === "unknown"
      ? "unknown"
      : answer.severity === "error"
        ? "no"
        : "warning";

/** The worst of its findings: a no over a warning over an unknown over what was inferred over what was seen. Without a finding nothing is known. */
export function outcomeOf(result: Pick<Result, "findings" | "waived">): Outcome {
  const outcomes = result.findings.map(({ answer }) => outcomeOfAnswer(answer));
  const worst = outcomes.reduce<Outcome>((a, b) => (ranks[b] > ranks[a] ? b : a), outcomes.length === 0 ? "unknown" : "yes");
  return result.waived !== undefined && (worst === "no" || worst === "warning") ? "allowed" : worst;
}

export const blocks = (result: Result): boolean => outcomeOf(result) === "no";

/** One thing to tell of a result; shaped like the Reason of a step's verdict. */
export interface Remark {
  /** The check's name. */
  readonly code: string;
  readonly message: string;
  readonly seen?: string;
  readonly hint?: string;
}

/** Why these results block, and what they only warn of: doubts, what could not be found out, and what the inventory allows all the same. */
export function verdictOfResults(results: readonly Result[]): { reasons: readonly Remark[]; warnings: readonly Remark[] } {
  const told = results.flatMap((result) => result.findings.flatMap((finding) => remark(result, finding) ?? []));
  return {
    reasons: told.filter(({ blocking }) => blocking).map(({ remark: one }) => one),
    warnings: told.filter(({ blocking }) => !blocking).map(({ remark: one }) => one),
  };
}

/** null: a yes, of which nothing need be said. */
export function remark(
  result: Result,
  { what, answer }: Finding,
): { readonly blocking: boolean; readonly remark: Remark } | null {
  const about = what === result.title ? what : `${result.title}, ${what}`;
  const named = (why: string): string => (what === result.title && mentions(why, what) ? why : `${about}: ${why}`);
  const tell = (message: string, more: { readonly seen?: string; readonly hint?: string }): Remark => ({
    code: result.check,
    message,
    ...more,
  });
  const hint = "hint" in answer && answer.hint !== undefined ? { hint: answer.hint } : {};
  if (answer.says === "yes") return null;
  if (answer.says === "unknown") return { blocking: false, remark: tell(`${about}: not known: ${answer.why}`, hint) };
  const more = { ...(answer.seen === undefined ? {} : { seen: answer.seen }), ...hint };
  if (result.waived !== undefined)
    return {
      blocking: false,
      remark: tell(`${named(answer.why)} (allowed by the inventory: ${result.waived.reason})`, more),
    };
  return { blocking: answer.severity === "error", remark: tell(named(answer.why), more) };
}

const mentions = (text: string, word: string): boolean => text.toLowerCase().includes(word.toLowerCase());
