import type { DaemonName } from "../../src/facts/daemonPods.ts";
import { existsFact } from "../../src/facts/files.ts";
import { nodesFact } from "../../src/facts/kube.ts";
import { networksFact } from "../../src/facts/networks.ts";
import { type Script, sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import { clearAway } from "../../src/network/clearAway.ts";
import type { Owned } from "../../src/network/part.ts";
import { networkParts } from "../../src/network/parts.ts";
import type { Road } from "../../src/network/roads.ts";
import type { Action } from "../../src/role/action.ts";
import { nodeStep } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";
import { networkLabel, noNetwork } from "../cluster/nodeNetwork.ts";
import { networks } from "../networks.ts";
import { changeOf, type NetworkChange } from "./change.ts";
import { podsAnew } from "./podsAnew.ts";

/** The bridge that flannel's pods hang on. */
const bridge = "cni0";

/** One node, emptied before, goes from one network to the other: never two agents at once, never a pod that half belongs to each. */
export const node = nodeStep({
  id: "network/node",
  summary: "the node has the cluster's network",
  after: [
    "kubernetes/kubelet",
    "network/steered",
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
  apply: ({ kube, cluster, node }) => {
    const change = changeOf(kube?.live.keys(), cluster);
    return change?.road == null ? [] : turn(change, change.road, node);
  },
  back: ({ kube, cluster, node }) => {
    const change = changeOf(kube?.live.keys(), cluster);
    return change?.road == null ? [] : turnBack(change, change.road, node);
  },
});

function turn({ from, to }: NetworkChange, road: Road, node: NodeSpec): readonly Action[] {
  const old = ownsOf(from.part);
  const kept = new Set([...road.keeps.interfaces, ...road.keeps.paths]);
  return [
    onNode(
      `no pod gets ${from.title}'s network any more`,
      sh`rm -f ${old.confFiles.map((file) => `/etc/cni/net.d/${file}`)}\n${road.leases === null ? sh`` : copied(road.leases)}`,
    ),
    labelled(node, noNetwork),
    gone(from.agent, node),
    onNode(
      `take ${from.title}'s rules away`,
      clearAway({
        ...old,
        interfaces: old.interfaces.filter((name) => name !== bridge && !kept.has(name)),
        paths: old.paths.filter((path) => !kept.has(path)),
      }),
    ),
    labelled(node, to.part),
    ready(to.agent, node),
    podsAnew(to.agent, node),
    onNode(
      `take ${from.title}'s bridge away`,
      sh`ip link delete ${bridge} 2>/dev/null; rm -rf ${road.leases?.from ?? "/var/lib/cni/networks/cbr0"} /opt/cni/bin/flannel`,
    ),
  ];
}

function turnBack({ from, to }: NetworkChange, road: Road, node: NodeSpec): readonly Action[] {
  const fresh = ownsOf(to.part);
  const kept = new Set([...road.keeps.interfaces, ...road.keeps.paths]);
  return [
    onNode(`no pod gets ${to.title}'s network any more`, sh`rm -f ${fresh.confFiles.map((file) => `/etc/cni/net.d/${file}`)}`),
    labelled(node, noNetwork),
    gone(to.agent, node),
    onNode(
      `take ${to.title}'s rules away`,
      clearAway({
        ...fresh,
        // Interfaces of pods go with their pods.
        interfaces: fresh.interfaces.filter((name) => !name.endsWith("*") && !kept.has(name)),
        paths: fresh.paths.filter((path) => !kept.has(path)),
      }),
    ),
    labelled(node, from.part),
    ready(from.agent, node),
    podsAnew(from.agent, node),
  ];
}

function ownsOf(part: string): Owned {
  const row = networkParts.find(({ name }) => name.toLowerCase() === part);
  if (row === undefined) throw new Error(`no network is called ${part}`);
  return row.owns;
}

const onNode = (summary: string, script: Script): Action => ({ kind: "run", summary, script: sh`${script}\ntrue` });

const labelled = ({ name }: NodeSpec, part: string): Action => ({
  kind: "run",
  where: "control-plane",
  summary: `label ${name} ${networkLabel}=${part}`,
  script: sh`k label node ${name} ${`${networkLabel}=${part}`} --overwrite >/dev/null`,
});

/** Of pods that stay, too: host-local finds who has which address by these files, and frees it by them. */
const copied = ({ from, to }: NonNullable<Road["leases"]>): Script =>
  sh`mkdir -p ${to} && for f in ${sh.raw("")}${from}/*; do [ -f "$f" ] && [ "\${f##*/}" != lock ] && cp -n "$f" ${`${to}/`}; done`;

const podOf = (agent: DaemonName, node: NodeSpec): Script =>
  sh`k -n ${agent.namespace} get pods -l ${agent.selector} --field-selector ${`spec.nodeName=${node.name}`} -o jsonpath='{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{.metadata.deletionTimestamp}{"\\n"}{end}'`;

const gone = (agent: DaemonName, node: NodeSpec): Action => ({
  kind: "wait",
  condition: {
    summary: `${agent.name} has left ${node.name}`,
    where: "control-plane",
    script: podOf(agent, node),
    unmet: ({ code, stdout }) =>
      code !== 0 ? "the API does not answer" : stdout.trim() === "" ? null : "its pod is still ending",
    intervalMs: 500,
    deadlineMs: 120_000,
  },
});

const ready = (agent: DaemonName, node: NodeSpec): Action => ({
  kind: "wait",
  condition: {
    summary: `${agent.name} of ${node.name} is ready`,
    where: "control-plane",
    script: podOf(agent, node),
    unmet: ({ code, stdout }) => {
      if (code !== 0) return "the API does not answer";
      return stdout.trim() === "True" ? null : stdout.trim() === "" ? "its pod is not there yet" : "its pod is not ready yet";
    },
    intervalMs: 500,
    deadlineMs: 180_000,
    evidence: sh`k -n ${agent.namespace} get pods -o wide -l ${agent.selector} --field-selector ${`spec.nodeName=${node.name}`}; k -n ${agent.namespace} get events --sort-by=.lastTimestamp | tail -n 10`,
  },
});
