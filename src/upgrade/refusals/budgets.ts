import { type Budget, budgetsFact, type LabelSelector } from "../../facts/upgradeObjects.ts";
import { type PodSeen, podsFact } from "../../facts/upgradePods.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { isEvicted } from "./pods.ts";
import { listed, refusal, refuse, warn } from "./refusal.ts";

const source = "https://kubernetes.io/docs/tasks/run-application/configure-pdb/";
const eviction = "https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/";

/** PodDisruptionBudgets of pods that would have to move. */
export const budgets = refusal({
  name: "budgets",
  kube: () => ({ budgets: budgetsFact, pods: podsFact }),
  judge: ({ draining, kube }): readonly Diagnostic[] => {
    const moved = kube.pods.filter((pod) => draining.has(pod.node) && isEvicted(pod));
    const guarded = kube.budgets.map((budget) => ({ budget, pods: moved.filter((pod) => guards(budget, pod)) }));
    const shared = moved.flatMap((pod) => {
      const names = guarded.filter(({ pods }) => pods.includes(pod)).map(({ budget }) => nameOf(budget));
      return names.length > 1 ? [{ pod, names }] : [];
    });
    return [
      ...guarded.flatMap(({ budget, pods }) => (pods.length === 0 ? [] : judgeBudget(budget, pods))),
      ...shared.map(({ pod, names }) =>
        refuse("budgets-overlap", {
          node: pod.node,
          message: `pod ${pod.namespace}/${pod.name} is under more than one PodDisruptionBudget: it can never be moved away`,
          seen: names.join(", "),
          hint: `leave it one: the API refuses evictions of such pods (${eviction})`,
        }),
      ),
    ];
  },
});

/** By the controller's own count: as many must be healthy as there are at all, so none may ever go. */
function judgeBudget(budget: Budget, pods: readonly PodSeen[]): readonly Diagnostic[] {
  const { disruptionsAllowed, desiredHealthy, expectedPods } = budget.status;
  const nodes = listed([...new Set(pods.map(({ node }) => node))].sort());
  const seen = `${saysOf(budget)}; on ${nodes}`;
  if (expectedPods > 0 && desiredHealthy >= expectedPods)
    return [
      refuse("budget-never", {
        message: `PodDisruptionBudget ${nameOf(budget)} lets no pod go, ever: draining a node would not end`,
        seen,
        hint: `allow one pod to be away (maxUnavailable: 1) or run one more replica than minAvailable asks for (${source})`,
      }),
    ];
  if (disruptionsAllowed > 0 || expectedPods === 0) return [];
  return [
    warn("budget-short", {
      message: `PodDisruptionBudget ${nameOf(budget)} lets no pod go at the moment: draining waits until its pods are healthy`,
      seen,
      hint: `look why they are not: kubectl -n ${budget.metadata.namespace} get pods (${source})`,
    }),
  ];
}

/** What budgets that let no pod go keep on a node, a line each: the budget, what it asks for, and the pods. */
export const heldBack = (node: string, budgets: readonly Budget[], pods: readonly PodSeen[]): readonly string[] =>
  budgets.flatMap((budget) => {
    const kept = pods.filter((pod) => pod.node === node && isEvicted(pod) && guards(budget, pod));
    if (budget.status.disruptionsAllowed > 0 || kept.length === 0) return [];
    return [`PodDisruptionBudget ${nameOf(budget)} keeps ${listed(kept.map(({ name }) => name))} (${saysOf(budget)})`];
  });

function saysOf({ spec: { minAvailable, maxUnavailable }, status }: Budget): string {
  const says = minAvailable === undefined ? `maxUnavailable: ${maxUnavailable ?? 0}` : `minAvailable: ${minAvailable}`;
  return `${says}; ${status.currentHealthy} of ${status.expectedPods} pods healthy, ${status.desiredHealthy} must be`;
}

const nameOf = ({ metadata }: Budget): string => `${metadata.namespace}/${metadata.name}`;

const guards = ({ metadata, spec }: Budget, pod: PodSeen): boolean =>
  metadata.namespace === pod.namespace && spec.selector !== undefined && selects(spec.selector, pod.labels);

/** kubernetes apimachinery LabelSelector: all terms hold; an operator nobody knows selects, so that nothing is overlooked. */
function selects({ matchLabels, matchExpressions }: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  if (Object.entries(matchLabels).some(([key, value]) => labels[key] !== value)) return false;
  return matchExpressions.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    const among = value !== undefined && (values ?? []).includes(value);
    if (operator === "In") return among;
    if (operator === "NotIn") return !among;
    if (operator === "Exists") return value !== undefined;
    return operator !== "DoesNotExist" || value === undefined;
  });
}
