import { type DaemonName, daemonFact } from "../../src/facts/daemonPods.ts";
import { configMapFact } from "../../src/facts/kube.ts";
import { sh } from "../../src/host/sh.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import { pinnedImage, usedImage } from "../../src/role/artifactOf.ts";
import { clusterStep, nodeStep, type Step, type Target } from "../../src/role/step.ts";
import { type Change, changeIf, ok } from "../../src/role/verdict.ts";
import { apiIsDown, isStale, replacePod } from "../cluster/nodePod.ts";
import { workloadReady } from "../cluster/workloadReady.ts";
import { kubeProxyImage } from "../kubernetes/index.ts";
import { configDiffers, mergedConfig } from "./config.ts";

const kubeProxyDaemon: DaemonName = { namespace: "kube-system", name: "kube-proxy", selector: "k8s-app=kube-proxy" };
/** Not when the CNI does its work. */
const inUse = ({ network }: ClusterSpec): boolean => network.kubeProxy.mode !== "none";
/** kubeadm's own by its tag, as kubeadm names it; a rebuilt one by its digest. */
function image(target: Target): string {
  const upstream = kubeProxyImage(target);
  const used = usedImage(target, upstream);
  return used === upstream ? upstream : pinnedImage(target, used).pinned;
}

/** kubeadm's own DaemonSet, in which a change reaches a node when that node's turn has come, and with the inventory's version. From one minor to the next kubeadm's differs in nothing but the image. */
const daemonset = clusterStep({
  id: "kube-proxy/daemonset",
  summary: "kube-proxy is of the inventory's version, and is replaced node by node",
  // Not newer than any API server: version-skew-policy.
  after: [
    { step: "control-plane/up", on: "first-control-plane" },
    { step: "control-plane/applied", on: "every-node" },
  ],
  kube: () => ({ daemon: daemonFact(kubeProxyDaemon) }),
  check: ({ kube, ...target }) => {
    const change = (detail: string): Change => ({
      what: "object",
      action: "update",
      target: "DaemonSet kube-system/kube-proxy",
      detail,
    });
    if (kube === null || kube.daemon === null || !inUse(target.cluster)) return ok;
    const { image: live, strategy } = kube.daemon;
    return changeIf([
      ...(live === image(target) ? [] : [change(`${live} -> ${image(target)}`)]),
      ...(strategy === "OnDelete" ? [] : [change(`updateStrategy ${strategy} -> OnDelete`)]),
    ]);
  },
  apply: (target) => [
    {
      kind: "run",
      where: "control-plane",
      summary: "change kube-proxy's DaemonSet; its pods go on",
      script: sh`k -n kube-system patch daemonset kube-proxy --type strategic --patch-file /dev/stdin >/dev/null`,
      stdin: JSON.stringify({
        spec: {
          updateStrategy: { type: "OnDelete", rollingUpdate: null },
          template: { spec: { containers: [{ name: "kube-proxy", image: image(target) }] } },
        },
      }),
    },
  ],
});

/** kubeadm installs kube-proxy with the right configuration; this keeps it so when the inventory changes. */
const config = clusterStep({
  id: "kube-proxy/config",
  summary: "kube-proxy is told the inventory's mode",
  after: ["kube-proxy/daemonset", { step: "control-plane/up", on: "first-control-plane" }],
  kube: () => ({ map: configMapFact("kube-proxy") }),
  check: ({ cluster, kube }) => {
    if (kube === null || !inUse(cluster)) return ok;
    return changeIf(
      configDiffers(cluster, kube.map).map(({ key, from, to }) => ({
        what: "object",
        action: "update",
        target: `ConfigMap kube-system/kube-proxy ${key}`,
        detail: `${from} -> ${to}`,
      })),
    );
  },
  // The pods' template is changed first: whatever happens in between, pods of the old template are known to be due.
  apply: ({ cluster, kube }) => [
    {
      kind: "run",
      where: "control-plane",
      summary: "write kube-proxy's configuration",
      script: sh`k -n kube-system rollout restart daemonset/kube-proxy >/dev/null && k -n kube-system patch configmap kube-proxy --type merge --patch-file /dev/stdin >/dev/null`,
      stdin: JSON.stringify({ data: { "config.conf": mergedConfig(cluster, kube?.map ?? null) } }),
    },
  ],
  verify: ({ cluster }) => (inUse(cluster) ? [workloadReady("daemonset", "kube-system", "kube-proxy")] : []),
});

const pod = nodeStep({
  id: "kube-proxy/pod",
  summary: "the node's kube-proxy is of the current version and settings",
  // Not beside a restart of the kubelet, which may take the API server with it for a moment.
  after: ["kubernetes/kubelet", "kube-proxy/daemonset", "kube-proxy/config", { step: "kube-proxy/pod", on: "previous-node" }],
  when: (_node, cluster) => inUse(cluster),
  facts: () => ({}),
  kube: () => ({ daemon: daemonFact(kubeProxyDaemon), map: configMapFact("kube-proxy") }),
  check: ({ kube, node, api, ...target }) => {
    if (api === "down") return apiIsDown(kubeProxyDaemon);
    if (kube === null || kube.daemon === null || !kube.daemon.pods.some((one) => one.node === node.name)) return ok;
    const due = kube.daemon.image !== image(target) || configDiffers(target.cluster, kube.map).length > 0;
    if (!due && !isStale(kube.daemon, node)) return ok;
    const disrupts = "kube-proxy restarts on this node; its service rules stay until it is back";
    return { status: "change", changes: [{ what: "node", action: "restart", target: "pod kube-system/kube-proxy", disrupts }] };
  },
  apply: ({ node }) => replacePod(kubeProxyDaemon, node),
});

export const kubeProxy: readonly Step[] = [daemonset, config, pod];
