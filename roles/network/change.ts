import { networksFact } from "../../src/facts/networks.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import { partCalled } from "../../src/network/parts.ts";
import { type Asked, type Road, roadBetween, soleNetworks } from "../../src/network/roads.ts";
import { clusterStep, type Step } from "../../src/role/step.ts";
import { blocked, ok, type Reason } from "../../src/role/verdict.ts";
import type { Manifest } from "../cluster/manifestSteps.ts";
import { networks } from "../networks.ts";

/** A network that is in the cluster and not in the inventory, where the inventory names another. */
export interface NetworkChange {
  readonly from: Manifest;
  readonly to: Manifest;
  /** null: it cannot be made on a live cluster. */
  readonly road: Road | null;
}

/** `live`: parts with agents in the cluster. null: nothing is to change. */
export function changeOf(live: Iterable<string> | undefined, { network: { cni } }: ClusterSpec): NetworkChange | null {
  const to = networks.find(({ part }) => part === cni.name);
  const old = new Set(live ?? []);
  const sole: readonly string[] = soleNetworks;
  const from = networks.find(({ part }) => sole.includes(part) && part !== cni.name && old.has(part));
  return to === undefined || from === undefined ? null : { from, to, road: roadBetween(from.part, to.part) };
}

/** Every other change is refused; what a change is and costs is told before it is asked for. */
export const road = clusterStep({
  id: "network/road",
  summary: "the cluster's network is the inventory's, or can become it",
  kube: () => ({ live: networksFact }),
  check: ({ kube, cluster }) => {
    const change = changeOf(kube?.live.keys(), cluster);
    if (change === null) return ok;
    if (change.road === null) return blocked(noRoad(change));
    const asked = change.road.asks(cluster).filter(({ is, must }) => is !== must);
    if (asked.length > 0) return blocked(...asked.map((one) => otherwise(change, one)));
    return { status: "ok", warnings: whatItIs(change, change.road, cluster) };
  },
  apply: () => [],
});

const noRoad = ({ from, to }: NetworkChange): Reason => ({
  code: "network/no-road",
  message: `the cluster's network is ${from.title}, the inventory asks for ${to.title}: no way is known to change it while the cluster runs`,
  seen: `pods on nodes with ${from.title} and pods on nodes with ${to.title} would not reach each other`,
  hint: `set network.cni.name: ${from.part} to go on with the rest; a new cluster beside this one, or \`provision reset\`, is the way to ${to.title}`,
});

const otherwise = ({ from, to }: NetworkChange, { field, is, must, why }: Asked): Reason => ({
  code: "network/road-needs",
  message: `network.cni.${field}: ${String(is)}; from ${from.title} to ${to.title} it must be ${String(must)}: ${why}`,
  hint: `set network.cni.${field.replace(".", ": {")}: ${String(must)}${field.includes(".") ? "}" : ""}`,
});

const whatItIs = ({ from, to }: NetworkChange, { because }: Road, { nodes }: ClusterSpec): readonly Reason[] => [
  {
    code: "network/change",
    message: `the cluster's network changes from ${from.title} to ${to.title}, node by node, ${nodes.length} nodes`,
    seen: [
      `nodes that have changed and nodes that have not reach each other: ${because}`,
      "each node is drained; what stays on it (pods of DaemonSets that are not of the host's network) is started anew there",
      "19 to 46 s for each node beside draining and checks, as measured on small, busy machines; pods that stay keep the old network until they are started anew",
      ...(partCalled(to.part).policies && !partCalled(from.part).policies
        ? [`${from.title} ignores NetworkPolicies: those in the cluster count on each node from its turn on`]
        : []),
      `no way back once the last node has changed: ${from.title}'s objects are deleted then; until then a node that misses its gate goes back alone; a control plane stays cordoned then`,
    ].join("\n"),
  },
];

/** Draining is an upgrade's matter. */
export const stays: Step = clusterStep({
  id: "network/stays",
  summary: "the cluster's network is the inventory's",
  kube: () => ({ live: networksFact }),
  check: ({ kube, cluster }) => {
    const change = changeOf(kube?.live.keys(), cluster);
    if (change?.road == null) return ok;
    return blocked({
      code: "network/differs",
      message: `the cluster's network is ${change.from.title}, the inventory asks for ${change.to.title}`,
      hint: `\`provision upgrade\` changes it, node by node; set network.cni.name: ${change.from.part} to go on with the rest`,
    });
  },
  apply: () => [],
});
