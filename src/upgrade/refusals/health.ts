import type { FactSpec, FactValues } from "../../facts/fact.ts";
import { type KubeNode, nodesFact, type Workload } from "../../facts/kube.ts";
import { etcdMembersFact } from "../../facts/upgradeEtcd.ts";
import { underWayFact } from "../../facts/upgradeMachine.ts";
import { allWorkloadsFact } from "../../facts/upgradeObjects.ts";
import { type PodSeen, podsFact } from "../../facts/upgradePods.ts";
import { type ClusterSpec, controlPlanes } from "../../model/cluster.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { networkParts } from "../../network/parts.ts";
import { listed, type RefusalContext, refusal, refuse, warn } from "./refusal.ts";

/** An earlier run's cordon: that node was being upgraded, and is the first to be finished. */
export const cordonMark = "provision/cordoned";
const gates = "upgrades begin on a whole cluster: https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/";

const staticPods = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
/** Whose DaemonSets every other pod needs. */
const foundations = new Set(["kube-system", "calico-system", ...networkParts.flatMap(({ namespaces }) => namespaces)]);

const kubeFacts = { nodes: nodesFact, pods: podsFact, workloads: allWorkloadsFact, etcd: etcdMembersFact } satisfies FactSpec;
const nodeFacts = { underWay: underWayFact } satisfies FactSpec;

/** An unhealthy start. What an earlier run of this program left half done is no reason: going on is what finishes it. */
export const health = refusal({
  name: "health",
  passes: true,
  kube: () => kubeFacts,
  node: () => nodeFacts,
  judge: (context): readonly Diagnostic[] => {
    const { cluster, kube } = context;
    const begun = begunNodes(context);
    const away = kube.nodes.filter((node) => ready(node)?.status !== "True");
    const unready = new Set(away.map(({ metadata }) => metadata.name));
    return [
      ...away.filter(({ metadata }) => !begun.has(metadata.name)).map((node) => notReady(node, cluster)),
      ...absent(cluster, kube.nodes),
      ...controlPlanes(cluster)
        .filter(({ name }) => !begun.has(name) && !unready.has(name))
        .flatMap(({ name }) => judgeStaticPods(name, kube.pods)),
      ...kube.workloads.flatMap((one) => judgeDaemonSet(one, new Set([...begun, ...unready]).size)),
      ...(controlPlanes(cluster).some(({ name }) => begun.has(name)) ? [] : judgeEtcd(cluster, kube.etcd)),
    ];
  },
});

const begunNodes = ({ kube, nodes }: RefusalContext<typeof kubeFacts, typeof nodeFacts>): ReadonlySet<string> =>
  new Set([
    ...kube.nodes.filter(({ metadata }) => metadata.annotations[cordonMark] !== undefined).map(({ metadata }) => metadata.name),
    ...[...nodes].filter(([, { underWay }]) => underWay.length > 0).map(([name]) => name),
  ]);

const ready = ({ status }: KubeNode): KubeNode["status"]["conditions"][number] | undefined =>
  status.conditions.find(({ type }) => type === "Ready");

function notReady(node: KubeNode, cluster: ClusterSpec): Diagnostic {
  const { name } = node.metadata;
  const known = cluster.nodes.some((one) => one.name === name);
  const condition = ready(node);
  return (known ? refuse : warn)("node-not-ready", {
    node: name,
    message: "the node is not Ready",
    seen: condition === undefined ? "it never told" : `${condition.reason}: ${condition.message}`,
    hint: known
      ? `journalctl -u kubelet on it says why; bring it back, or take it out of the cluster and the inventory; ${gates}`
      : "it is not in the inventory and is left alone: kubectl delete node, if it is gone for good",
  });
}

const absent = (cluster: ClusterSpec, live: readonly KubeNode[]): readonly Diagnostic[] =>
  cluster.nodes
    .filter(({ name }) => !live.some(({ metadata }) => metadata.name === name))
    .map(({ name }) =>
      warn("node-absent", {
        node: name,
        message: "the cluster does not know this node of the inventory: it would join at the end, with the new version",
        hint: "run provision up first to have it join now, or take it out of the inventory",
      }),
    );

function judgeStaticPods(node: string, pods: readonly PodSeen[]): readonly Diagnostic[] {
  const own = pods.filter((pod) => pod.mirror && pod.node === node && pod.namespace === "kube-system");
  const bad = staticPods.flatMap((name) => {
    const pod = own.find(({ labels }) => labels.component === name);
    if (pod === undefined) return [`${name} is not there`];
    return pod.ready ? [] : [`${name} is ${pod.phase}, not ready`];
  });
  if (bad.length === 0) return [];
  return [
    refuse("static-pods", {
      node,
      message: "its control plane is not whole",
      seen: bad.join(", "),
      hint: `crictl ps -a and crictl logs on it say why; ${gates}`,
    }),
  ];
}

/** `out`: nodes that may lack their pod, because they are told of already or are being upgraded. */
function judgeDaemonSet({ kind, metadata, status }: Workload, out: number): readonly Diagnostic[] {
  const wanted = status.desiredNumberScheduled ?? 0;
  const there = status.numberReady ?? 0;
  if (kind !== "DaemonSet" || !foundations.has(metadata.namespace) || wanted - there <= out) return [];
  return [
    refuse("daemonset", {
      message: `DaemonSet ${metadata.namespace}/${metadata.name} is not whole`,
      seen: `${there} of ${wanted} pods ready`,
      hint: `kubectl -n ${metadata.namespace} get pods -o wide says where; ${gates}`,
    }),
  ];
}

function judgeEtcd(cluster: ClusterSpec, { members, trouble }: FactValues<typeof kubeFacts>["etcd"]): readonly Diagnostic[] {
  const planes = controlPlanes(cluster).length;
  const leaders = new Set(members.map(({ leader }) => leader));
  const bad = [
    ...(members.length < planes
      ? [`${members.length} of ${planes} members answer${trouble === null ? "" : `: ${trouble}`}`]
      : []),
    ...members.filter(({ learner }) => learner).map(({ endpoint }) => `${endpoint} is a learner`),
    ...members.flatMap(({ endpoint, errors }) => errors.map((one) => `${endpoint}: ${one}`)),
    ...(members.length > 0 && (leaders.size > 1 || leaders.has(0)) ? ["the members do not agree on a leader"] : []),
  ];
  if (bad.length === 0) return [];
  return [
    refuse("etcd-unhealthy", {
      message: "etcd is not healthy: it could lose its quorum while a control plane restarts",
      seen: listed(bad),
      hint: "bring every member back first: etcdctl endpoint status --cluster (https://etcd.io/docs/v3.6/op-guide/failures/)",
    }),
  ];
}
