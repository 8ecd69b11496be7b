import { changesOf } from "../plan/plan.ts";
import type { UpgradePlan } from "./upgradePlan.ts";

/** Where a node is on its way through an upgrade. */
export type Phase =
  | "backing up"
  | "staging"
  | "replacing static pods"
  | "checking before its turn"
  | "changing what needs no empty node"
  | "draining"
  | "changing"
  | "restarting"
  | "checking"
  | "going back into service"
  | "going back to what it ran";

const phases: Readonly<Record<string, Phase>> = {
  "etcd-before": "replacing static pods",
  keep: "replacing static pods",
  note: "replacing static pods",
  "etcd-after": "replacing static pods",
  "hook-before": "checking before its turn",
  "gate-in": "checking before its turn",
  ahead: "changing what needs no empty node",
  drain: "draining",
  change: "changing",
  packages: "changing",
  restart: "restarting",
  "gate-out": "checking",
  uncordon: "going back into service",
  "hook-after": "going back into service",
  "way-back": "going back to what it ran",
};

/** The phase that a step's begin opens on its node; null: it is a part of the phase the node is in. */
export function phaseOf(step: string, inTurn: boolean): Phase | null {
  if (step.startsWith("turn/")) return phases[step.slice("turn/".length)] ?? null;
  if (inTurn) return null;
  if (step.startsWith("backup/")) return "backing up";
  return step.startsWith("control-plane/") ? "replacing static pods" : "staging";
}

/** What a hop is known to do: the plan's changes, and around them the stations of every control plane and turn. */
export function hopSteps({
  plan,
  controlPlanes,
  groups,
}: UpgradePlan): readonly { id: string; node: string | null; summary: string }[] {
  const station = (node: string, name: string, summary: string) => ({ id: `turn/${name}@${node}`, node, summary });
  return [
    ...plan.steps.filter((step) => changesOf(step).length > 0).map(({ id, node, summary }) => ({ id, node, summary })),
    ...controlPlanes.flatMap((node) => [
      station(node, "etcd-before", "etcd is healthy"),
      station(node, "etcd-after", "etcd is healthy"),
    ]),
    ...groups.flatMap((group) =>
      group.nodes.flatMap(({ name: node }) => [
        ...(group.name === "control planes" ? [station(node, "gate-in", "etcd is healthy")] : []),
        station(node, "ahead", "changed as far as its pods may stay"),
        station(node, "drain", "out of service"),
        station(node, "change", "changed"),
        station(node, "gate-out", "checked"),
        station(node, "uncordon", "back in service"),
      ]),
    ),
  ];
}
