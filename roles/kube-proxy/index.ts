import { stringify } from "yaml";
import { storePath } from "../../src/artifacts/storePath.ts";
import { daemonFact } from "../../src/facts/daemonPods.ts";
import { configMapFact } from "../../src/facts/kube.ts";
import { sh } from "../../src/host/sh.ts";
import { controlPlanes } from "../../src/model/cluster.ts";
import { strandedBy } from "../../src/network/judgeProxyMode.ts";
import type { ProxyMode } from "../../src/network/proxyModes.ts";
import type { Action } from "../../src/role/action.ts";
import { artifactOf } from "../../src/role/artifactOf.ts";
import { sha256 } from "../../src/role/resources/file.ts";
import { clusterStep, type Step, type Target } from "../../src/role/step.ts";
import { blocked, type Change, changeIf, ok } from "../../src/role/verdict.ts";
import { workloadReady } from "../cluster/workloadReady.ts";
import { clusterConfig } from "../control-plane/config.ts";
import { configDiffers, mergedConfig, modeIn } from "./config.ts";
import { image, inUse, kubeProxyDaemon, type Mounted, mountedFact, sparesFact } from "./daemon.ts";
import { cleared, gone } from "./gone.ts";
import { pod } from "./pod.ts";
import { noticed, noWay } from "./told.ts";

const object = (target: string, action: Change["action"], detail?: string): Change => ({
  what: "object",
  action,
  target,
  ...(detail === undefined ? {} : { detail }),
});
const daemonSet = "DaemonSet kube-system/kube-proxy";

/** kubeadm's own DaemonSet, in which a change reaches a node when that node's turn has come, and with the inventory's version. From one minor to the next kubeadm's differs in nothing but the image. */
const daemonset = clusterStep({
  id: "kube-proxy/daemonset",
  summary: "kube-proxy is of the inventory's version, and is replaced node by node",
  // Not newer than any API server: version-skew-policy.
  after: [
    { step: "control-plane/up", on: "first-control-plane" },
    { step: "control-plane/applied", on: "every-node" },
  ],
  kube: () => ({ daemon: daemonFact(kubeProxyDaemon), mounted: mountedFact }),
  check: ({ kube, ...target }) => {
    if (kube === null || !inUse(target.cluster)) return ok;
    if (kube.daemon === null) return { status: "change", changes: [object(daemonSet, "create", "on all nodes at once")] };
    const stranded = strandedBy(modeIn(kube.mounted?.data ?? null) as ProxyMode, target.cluster.kubernetes.version);
    if (stranded !== null)
      return blocked({
        code: "kube-proxy/mode-unknown",
        message: stranded,
        hint: "set network.kubeProxy.mode: iptables and run up on the present version first",
      });
    const { image: live, strategy } = kube.daemon;
    return changeIf([
      ...(live === image(target) ? [] : [object(daemonSet, "update", `${live} -> ${image(target)}`)]),
      ...(strategy === "OnDelete" ? [] : [object(daemonSet, "update", `updateStrategy ${strategy} -> OnDelete`)]),
    ]);
  },
  apply: ({ kube, ...target }) => (kube?.daemon == null ? install(target) : [patch(target)]),
});

const patch = (target: Target): Action => ({
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
});

/** On a cluster that was without: kubeadm's own phase, as init runs it. */
function install(target: Target): readonly Action[] {
  const [plane] = controlPlanes(target.cluster);
  if (plane === undefined) throw new Error("a cluster has a control plane");
  const kubeadm = `${storePath(artifactOf(target, "kubeadm", target.cluster.kubernetes.version))}/kubeadm`;
  return [
    {
      kind: "run",
      where: "control-plane",
      summary: "kubeadm's add-on: kube-proxy",
      script: sh`${kubeadm} init phase addon kube-proxy --config /dev/stdin --kubeconfig /etc/kubernetes/admin.conf >/dev/null`,
      stdin: `${clusterConfig(target)}---\n${target.render("control-plane/local.yaml", { address: plane.address, registration: {} })}`,
    },
    patch(target),
    { kind: "wait", condition: workloadReady("daemonset", "kube-system", "kube-proxy") },
  ];
}

/**
 * kubeadm installs kube-proxy with the right configuration; this keeps it so when the inventory changes. Other settings come as another
 * ConfigMap that never changes, named by the DaemonSet's template: a pod that restarts by itself before its node's turn reads what it read,
 * and a node goes back to what it ran with its pod's own revision.
 */
const config = clusterStep({
  id: "kube-proxy/config",
  summary: "kube-proxy is told the inventory's mode and settings",
  after: ["kube-proxy/daemonset", { step: "control-plane/up", on: "first-control-plane" }],
  kube: () => ({ mounted: mountedFact }),
  check: ({ cluster, kube }) => {
    if (kube?.mounted == null || !inUse(cluster)) return ok;
    const { data } = kube.mounted;
    const [from, to] = [modeIn(data), cluster.network.kubeProxy.mode];
    const way = noWay(from, to);
    if (way !== null) return blocked(way);
    const changes = configDiffers(cluster, data).map(({ key, from, to }) =>
      object(`ConfigMap kube-system/kube-proxy ${key}`, "update", `${from} -> ${to}`),
    );
    return changes.length === 0 ? ok : { status: "change", changes, warnings: noticed(from, cluster) };
  },
  apply: ({ cluster, kube }) => {
    const made = configMap(mergedConfig(cluster, kube?.mounted?.data ?? null), kube?.mounted ?? null);
    const template = { spec: { volumes: [{ name: "kube-proxy", configMap: { name: made.metadata.name } }] } };
    return [
      {
        kind: "run",
        where: "control-plane",
        summary: "write kube-proxy's configuration beside the one in use",
        script: sh`k apply --server-side --force-conflicts --field-manager provision -f - >/dev/null`,
        stdin: JSON.stringify(made),
      },
      {
        kind: "run",
        where: "control-plane",
        summary: "name it in kube-proxy's DaemonSet; its pods go on",
        script: sh`k -n kube-system patch daemonset kube-proxy --type strategic --patch-file /dev/stdin >/dev/null`,
        stdin: JSON.stringify({ spec: { template } }),
      },
    ];
  },
  verify: ({ cluster }) => (inUse(cluster) ? [workloadReady("daemonset", "kube-system", "kube-proxy")] : []),
});

function configMap(text: string, mounted: Mounted | null) {
  const data = { ...mounted?.data, "config.conf": text };
  const name = `kube-proxy-${sha256(stringify(data)).slice(0, 10)}`;
  const metadata = { name, namespace: "kube-system", labels: { "provision/part": "kube-proxy" } };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, immutable: true, data };
}

/** When every node runs with the new settings: kubeadm's own ConfigMap, which kubeadm and people read, says the same, and earlier ones go. */
const tidy = clusterStep({
  id: "kube-proxy/tidy",
  summary: "kubeadm's ConfigMap says what kube-proxy runs with",
  after: ["kube-proxy/config", { step: "kube-proxy/pod", on: "every-node" }],
  kube: () => ({ mounted: mountedFact, map: configMapFact("kube-proxy"), spares: sparesFact }),
  check: ({ cluster, kube }) => {
    if (kube?.mounted == null || !inUse(cluster)) return ok;
    // Also while the new settings have yet to be written: what a plan does not name is not done.
    const same = configDiffers(cluster, kube.map).length === 0;
    return changeIf([
      ...(same ? [] : [object("ConfigMap kube-system/kube-proxy", "update", "kubeadm's copy")]),
      ...kube.spares.map((name) => object(`ConfigMap kube-system/${name}`, "delete")),
    ]);
  },
  apply: ({ kube }) => [
    {
      kind: "run",
      where: "control-plane",
      summary: "bring kubeadm's ConfigMap up to date, and delete those of earlier settings",
      script: sh`k -n kube-system patch configmap kube-proxy --type merge --patch-file /dev/stdin >/dev/null || exit 1
for m in ${kube?.spares ?? []}; do k -n kube-system delete configmap "$m" --ignore-not-found >/dev/null || exit 1; done`,
      stdin: JSON.stringify({ data: { "config.conf": kube?.mounted?.data["config.conf"] ?? "" } }),
    },
  ],
});

export const kubeProxy: readonly Step[] = [daemonset, config, pod, tidy, gone, cleared];
