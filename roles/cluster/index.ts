import { existsFact } from "../../src/facts/files.ts";
import { type KubeNode, nodesFact, notWhole, pendingRequestsFact, workloadsFact } from "../../src/facts/kube.ts";
import { sh } from "../../src/host/sh.ts";
import { clusterStep, nodeStep, type Step } from "../../src/role/step.ts";
import { type Change, changeIf, ok, type Reason } from "../../src/role/verdict.ts";
import { nodeReady } from "./nodeReady.ts";
import { services } from "./services.ts";
import { workloadReady } from "./workloadReady.ts";

const servingCertificate = "/var/lib/kubelet/pki/kubelet-server-current.pem";
/** On the Node: the label and taint keys this tool has put there, so that it takes away those and no others. */
const ownedAnnotation = "provision/owned";

const joined = ["control-plane/up", "worker/join"] as const;

const certificate = nodeStep({
  id: "cluster/serving-certificate",
  summary: "the kubelet serves with a certificate of the cluster's CA",
  after: [...joined, "kubernetes/kubelet"],
  facts: () => ({ files: existsFact([servingCertificate]) }),
  kube: () => ({ pending: pendingRequestsFact }),
  check: ({ facts: { files }, kube, node }) => {
    const waiting = kube?.pending.get(node.name) ?? 0;
    if (files.has(servingCertificate) && waiting === 0) return ok;
    return {
      status: "change",
      changes: [
        {
          what: "certificate",
          action: "create",
          target: servingCertificate,
          detail: waiting > 0 ? "a request waits for approval" : "requested by the kubelet, approved after a look inside",
        },
      ],
    };
  },
  apply: () => [
    { kind: "approve-serving-certificates" },
    {
      // The kubelet may ask only now, and requests of an earlier machine of this name say nothing about it.
      kind: "wait",
      approving: true,
      condition: {
        summary: "the kubelet has its serving certificate",
        script: sh`[ -e ${servingCertificate} ]`,
        unmet: ({ code }) => (code === 0 ? null : "not asked for yet, or approved and not yet written by the kubelet"),
        intervalMs: 500,
        deadlineMs: 120_000,
        evidence: sh`journalctl -u kubelet -n 10 --no-pager -o cat`,
      },
    },
  ],
});

const taintOf = (taint: { key: string; value: string; effect: string }): string =>
  `${taint.key}${taint.value === "" ? "" : `=${taint.value}`}:${taint.effect}`;

function owned(node: KubeNode | undefined): { labels: readonly string[]; taints: readonly string[] } {
  const [labels = "", taints = ""] = (node?.metadata.annotations[ownedAnnotation] ?? "").split(";");
  return { labels: labels.split(",").filter((key) => key !== ""), taints: taints.split(",").filter((key) => key !== "") };
}

const labels = nodeStep({
  id: "cluster/labels",
  summary: "the node carries the inventory's labels and taints",
  after: [...joined],
  facts: () => ({}),
  kube: () => ({ nodes: nodesFact }),
  check: ({ kube, node }) => {
    const live = kube?.nodes.find((one) => one.metadata.name === node.name);
    const changes: Change[] = [];
    for (const [key, value] of Object.entries(node.labels))
      if (live?.metadata.labels[key] !== value) changes.push({ what: "node", action: "set", target: `label ${key}=${value}` });
    for (const key of owned(live).labels)
      if (!(key in node.labels)) changes.push({ what: "node", action: "delete", target: `label ${key}` });
    const present = live?.spec.taints.map(taintOf) ?? [];
    for (const taint of node.taints)
      if (!present.includes(taintOf(taint))) changes.push({ what: "node", action: "set", target: `taint ${taintOf(taint)}` });
    for (const taint of owned(live).taints)
      if (!node.taints.some((one) => taintOf(one) === taint) && present.includes(taint))
        changes.push({ what: "node", action: "delete", target: `taint ${taint}` });
    return changeIf(changes);
  },
  apply: ({ kube, node }) => {
    const live = kube?.nodes.find((one) => one.metadata.name === node.name);
    const setLabels = Object.entries(node.labels).map(([key, value]) => `${key}=${value}`);
    const dropLabels = owned(live)
      .labels.filter((key) => !(key in node.labels))
      .map((key) => `${key}-`);
    const setTaints = node.taints.map(taintOf);
    const dropTaints = owned(live)
      .taints.filter((taint) => !setTaints.includes(taint))
      .map((taint) => `${taint}-`);
    const note = `${ownedAnnotation}=${Object.keys(node.labels).join(",")};${setTaints.join(",")}`;
    const scripts = [
      ...(setLabels.length + dropLabels.length > 0
        ? [sh`k label node ${node.name} --overwrite ${[...setLabels, ...dropLabels]} >/dev/null`]
        : []),
      ...dropTaints.map((taint) => sh`{ k taint node ${node.name} ${taint} >/dev/null 2>&1 || true; }`),
      ...(setTaints.length > 0 ? [sh`k taint node ${node.name} --overwrite ${setTaints} >/dev/null`] : []),
      sh`k annotate node ${node.name} --overwrite ${note} >/dev/null`,
    ];
    return [{ kind: "run", where: "control-plane", summary: "set labels and taints", script: sh`set -e\n${sh.lines(scripts)}` }];
  },
});

const ready = clusterStep({
  id: "cluster/ready",
  summary: "all nodes are Ready and cluster DNS runs",
  after: [
    ...joined.map((step) => ({ step, on: "every-node" }) as const),
    "kube-proxy/config",
    "dns/installed",
    { step: "dns/image", on: "every-node" },
  ],
  kube: () => ({ nodes: nodesFact, workloads: workloadsFact }),
  check: ({ kube, cluster }) => {
    if (kube === null)
      return { status: "change", changes: [{ what: "node", action: "look", target: "all nodes Ready, cluster DNS answers" }] };
    const changes: Change[] = [];
    for (const { name } of cluster.nodes) {
      const condition = kube.nodes
        .find((one) => one.metadata.name === name)
        ?.status.conditions.find((one) => one.type === "Ready");
      if (condition?.status !== "True" && cluster.network.cni.name !== "none")
        changes.push({
          what: "node",
          action: "look",
          target: `${name} Ready`,
          detail: condition?.message ?? "not in the cluster yet",
        });
    }
    const dns = kube.workloads.find((one) => one.metadata.namespace === "kube-system" && one.metadata.name === "coredns");
    const reason = dns === undefined ? "coredns is not there" : notWhole(dns);
    if (reason !== null && cluster.network.cni.name !== "none")
      changes.push({ what: "object", action: "look", target: "cluster DNS", detail: reason });
    if (changes.length > 0) return { status: "change", changes };
    const strangers = kube.nodes
      .map((one) => one.metadata.name)
      .filter((name) => !cluster.nodes.some((node) => node.name === name));
    const warnings: Reason[] = strangers.map((name) => ({
      code: "cluster/stranger",
      message: `node ${name} is in the cluster but not in the inventory`,
      hint: `provision reset --node ${name} --lost makes the cluster forget it; back in the inventory, it can be drained and cleaned first`,
    }));
    return { status: "ok", warnings };
  },
  apply: () => [],
  verify: ({ cluster }) =>
    cluster.network.cni.name === "none"
      ? []
      : [...cluster.nodes.map(nodeReady), workloadReady("deployment", "kube-system", "coredns")],
});

export const cluster: readonly Step[] = [certificate, labels, ready, services];
