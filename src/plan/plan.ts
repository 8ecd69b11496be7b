import type { Diagnostic } from "../model/diagnostic.ts";
import type { Change, Verdict } from "../role/verdict.ts";

/** What a run would do, whole: a document, computed from inventory and facts alone. */
export interface Plan {
  readonly cluster: string;
  /** Every step instance, in an order in which it could run. */
  readonly steps: readonly PlannedStep[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface PlannedStep {
  /** "containerd/config@node-3", or "cni/flannel" for a step of the cluster. */
  readonly id: string;
  readonly summary: string;
  readonly node: string | null;
  readonly after: readonly string[];
  readonly verdict: Verdict;
}

export const changesOf = (step: PlannedStep): readonly Change[] => (step.verdict.status === "change" ? step.verdict.changes : []);
/** What pods of users notice: the node is emptied before it is done. */
export const emptiesNode = ({ what, action }: Change): boolean =>
  what === "binary" || what === "network" || (what === "unit" && action === "restart");
export const isBlocked = (plan: Plan): boolean =>
  plan.steps.some((step) => step.verdict.status === "blocked") || plan.diagnostics.some((d) => d.severity === "error");
export const hasChanges = (plan: Plan): boolean => plan.steps.some((step) => step.verdict.status === "change");
/** 0 nothing to do, 2 changes, 3 blocked. */
export const planExitCode = (plan: Plan): 0 | 2 | 3 => (isBlocked(plan) ? 3 : hasChanges(plan) ? 2 : 0);
