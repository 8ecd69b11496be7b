import { existsFact } from "../../src/facts/files.ts";
import { nodesFact } from "../../src/facts/kube.ts";
import { networksFact } from "../../src/facts/networks.ts";
import { nodeStep } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";
import { networkLabel } from "../cluster/nodeNetwork.ts";
import { networks } from "../networks.ts";
import { changeOf } from "./change.ts";
import { bridge, turn, turnBack } from "./turn.ts";

/** One node, emptied before, goes from one network to the other: never two agents at once, never a pod that half belongs to each. */
export const node = nodeStep({
  id: "network/node",
  summary: "the node has the cluster's network",
  basis: true,
  after: [
    "kubernetes/kubelet",
    "network/steered",
    "network/noted",
    ...networks.filter(({ follows }) => follows !== undefined).flatMap(({ part }) => [`${part}/images`, `${part}/installed`]),
    { step: "network/node", on: "previous-node" },
  ],
  facts: () => ({ old: existsFact([`/sys/class/net/${bridge}`, "/etc/cni/net.d/10-flannel.conflist"]) }),
  kube: () => ({ live: networksFact, nodes: nodesFact }),
  check: ({ kube, cluster, node, facts: { old } }) => {
    const change = changeOf(kube?.live.keys(), cluster);
    if (change === null || kube === null) return ok;
    const has = kube.nodes.find(({ metadata }) => metadata.name === node.name)?.metadata.labels[networkLabel];
    if (has === change.to.part && old.size === 0) return ok;
    return {
      status: "change",
      changes: [
        {
          what: "network",
          action: "update",
          target: `${change.from.title} -> ${change.to.title}`,
          disrupts: "the node is drained; pods of DaemonSets that stay on it are started anew with the new network",
        },
      ],
    };
  },
  apply: ({ kube, ...target }) => {
    const change = changeOf(kube?.live.keys(), target.cluster);
    return change?.road == null ? [] : turn(change, change.road, target);
  },
  back: ({ kube, ...target }) => {
    const change = changeOf(kube?.live.keys(), target.cluster);
    return change?.road == null ? [] : turnBack(change, change.road, target);
  },
});
