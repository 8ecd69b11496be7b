import type { Diagnostic } from "../model/diagnostic.ts";
import type { Change, Reason, Verdict } from "../role/verdict.ts";
import { changesOf, type Plan, planExitCode } from "./plan.ts";
import { stepName } from "./renderPlan.ts";
import { jsonText } from "./renderText.ts";

export const planApiVersion = "provision/plan/v1";

/** A plan for programs. Fields are only ever added within v1; texts are whole and as the nodes gave them. */
export interface PlanDocument {
  readonly apiVersion: typeof planApiVersion;
  readonly cluster: string;
  readonly outcome: "nothing-to-do" | "changes" | "blocked";
  readonly steps: readonly StepDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface StepDocument {
  /** Unique in the document: "containerd/config@node-3". */
  readonly id: string;
  /** The same on every node: "containerd/config". */
  readonly step: string;
  readonly summary: string;
  /** null: a step of the cluster. */
  readonly node: string | null;
  readonly after: readonly string[];
  readonly status: Verdict["status"];
  readonly changes: readonly Change[];
  readonly warnings: readonly Reason[];
  readonly reasons: readonly Reason[];
}

const outcomes = { 0: "nothing-to-do", 2: "changes", 3: "blocked" } as const;

/** Indented JSON and a line feed. Whole texts (`before`, `after`) only with `diff`: they make the document large. */
export function planJson(plan: Plan, options: { readonly diff: boolean }): string {
  const document: PlanDocument = {
    apiVersion: planApiVersion,
    cluster: plan.cluster,
    outcome: outcomes[planExitCode(plan)],
    steps: plan.steps.map((step) => ({
      id: step.id,
      step: stepName(step),
      summary: step.summary,
      node: step.node,
      after: step.after,
      status: step.verdict.status,
      changes: changesOf(step).map((change) => (options.diff ? change : withoutTexts(change))),
      warnings: step.verdict.status === "blocked" ? [] : (step.verdict.warnings ?? []),
      reasons: step.verdict.status === "blocked" ? step.verdict.reasons : [],
    })),
    diagnostics: plan.diagnostics,
  };
  return `${jsonText(document, 2)}\n`;
}

function withoutTexts({ before: _before, after: _after, ...change }: Change): Change {
  return change;
}
