import { type Answer, doubtful, type Finding, inferred, no, seen, unknown } from "./answer.ts";
import type { KernelEvidence } from "./evidence.ts";
import { judgeNeed } from "./judgeNeed.ts";
import type { Outcome } from "./outcome.ts";
import { compareVersions } from "./release.ts";
import type { Feature, Requirement } from "./requirement.ts";
import { findFeature } from "./requirements.ts";

export interface KernelContext {
  /** Component to version without a leading v: kubernetes, flannel, calico, cilium. Those not known are left out. */
  readonly versions: Readonly<Record<string, string>>;
  readonly families: readonly ("ip" | "ip6")[];
}

/**
 * One finding for each requirement of `feature` that applies. What was tried by doing counts before what was read, modules and configuration
 * before nothing; where nothing was found out the answer is unknown, never yes.
 */
export function judgeFeature(feature: string, evidence: KernelEvidence, context: KernelContext): readonly Finding[] {
  const found = findFeature(feature);
  if (found === null) return [{ what: feature, answer: unknown("no such feature is known", "see docs/kernel.md for the names") }];
  return found.requirements
    .filter((row) => applies(row, context))
    .map((row) => ({ what: row.what, answer: answerOf(judgeNeed(row.need, evidence), row, found) }));
}

/** A version that is not known is taken for the newest: a range without an end applies, others do not. */
export function applies(row: Requirement, { versions, families }: KernelContext): boolean {
  if (row.family !== undefined && !families.includes(row.family)) return false;
  if (row.when === undefined) return true;
  const version = versions[row.when.component];
  if (version === undefined) return row.when.below === undefined;
  const { atLeast, below } = row.when;
  return (
    (atLeast === undefined || compareVersions(version, atLeast) >= 0) &&
    (below === undefined || compareVersions(version, below) < 0)
  );
}

function answerOf(outcome: Outcome, row: Requirement, feature: Feature): Answer {
  if (outcome.says === "yes") return outcome.by === "seen" ? seen(outcome.from) : inferred(outcome.from);
  if (outcome.says === "unknown") return unknown(outcome.why, outcome.change);
  const ways = [outcome.change, row.hint ?? "", row.severity === "error" ? (feature.instead ?? "") : ""].filter(
    (way) => way !== "",
  );
  const hint = ways.length === 0 ? `choose something else than ${feature.title}` : ways.join("; or ");
  const why = row.because === undefined ? outcome.why : `${outcome.why} (${row.because})`;
  return (row.severity === "error" ? no : doubtful)(why, hint, outcome.seen);
}
