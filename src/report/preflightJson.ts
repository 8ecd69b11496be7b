import type { Answer } from "../kernel/answer.ts";
import { jsonText } from "../plan/renderText.ts";
import type { Result } from "../preflight/check.ts";
import { outcomeOf } from "../preflight/results.ts";
import { isRefused, type PreflightReport, resultsByNode, summaryOf } from "./preflightReport.ts";

/** The report for programs, described in docs/preflight.md: one JSON object, ending in a line feed. Every field is always there; what does not apply is null. */
export function preflightJson(report: PreflightReport): string {
  const { nodes: all, ...counts } = summaryOf(report);
  const { cluster, diagnostics, besides } = report;
  const nodes = [...resultsByNode(report)].map(([name, results]) => ({
    name,
    checks: [...results.values()].map((one) => checkJson(one, !besides.has(one.check))),
  }));
  const summary = { ok: !isRefused(report), nodes: all, ...counts };
  return `${jsonText({ apiVersion: "provision/v1", kind: "PreflightReport", cluster, nodes, diagnostics, summary }, 2)}\n`;
}

const checkJson = (result: Result, needed: boolean) => ({
  name: result.check,
  title: result.title,
  ...inWords[outcomeOf({ findings: result.findings })],
  needed,
  waived: result.waived ?? null,
  findings: result.findings.map(({ what, answer }) => ({ what, ...answerJson(answer) })),
});

const inWords = {
  yes: { answer: "yes", by: "seen", severity: null },
  inferred: { answer: "yes", by: "inferred", severity: null },
  unknown: { answer: "unknown", by: null, severity: null },
  warning: { answer: "no", by: null, severity: "warning" },
  no: { answer: "no", by: null, severity: "error" },
  allowed: { answer: "no", by: null, severity: "error" },
} as const;

const answerJson = (answer: Answer) => ({
  answer: answer.says,
  by: answer.says === "yes" ? answer.by : null,
  severity: answer.says === "no" ? answer.severity : null,
  from: answer.says === "yes" ? answer.from : null,
  why: answer.says === "yes" ? null : answer.why,
  seen: answer.says === "no" ? (answer.seen ?? null) : null,
  hint: answer.says === "yes" ? null : (answer.hint ?? null),
});
