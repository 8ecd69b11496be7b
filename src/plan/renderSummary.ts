import { changesOf, hasChanges, isBlocked, type Plan } from "./plan.ts";
import { count, printable } from "./renderText.ts";

const mostNames = 5;

/** The one line under a plan: "Plan: 3 nodes, 41 changes in 18 steps, 0 restarts of running services, nothing is disrupted." */
export function renderSummary(plan: Plan, reasons: number): string {
  const nodes = new Set(plan.steps.flatMap(({ node }) => node ?? []));
  if (isBlocked(plan)) return `Blocked: ${count(reasons, "reason")}; nothing was changed.`;
  if (!hasChanges(plan))
    return `Nothing to do: ${count(nodes.size, "node")} ${nodes.size === 1 ? "is" : "are"} as the inventory says.`;
  const changed = plan.steps.filter((step) => changesOf(step).length > 0);
  const changes = changed.flatMap(changesOf);
  const restarts = changes.filter(({ what, action }) => what === "unit" && action === "restart").length;
  return `Plan: ${[
    who(new Set(changed.flatMap(({ node }) => node ?? [])).size, nodes.size),
    `${count(changes.length, "change")} in ${count(changed.length, "step")}`,
    `${count(restarts, "restart")} of running services`,
    disrupted(plan),
  ].join(", ")}.`;
}

function who(changed: number, all: number): string {
  if (changed === 0) return "the cluster";
  return changed === all ? count(all, "node") : `${changed} of ${count(all, "node")}`;
}

function disrupted(plan: Plan): string {
  const steps = plan.steps.filter((step) => changesOf(step).some(({ disrupts }) => disrupts !== undefined));
  const places = [...new Set(steps.map(({ node }) => (node === null ? "the cluster" : printable(node))))];
  if (places.length === 0) return "nothing is disrupted";
  return places.length > mostNames ? `${places.length} nodes are disrupted` : `disrupted: ${places.join(", ")}`;
}
