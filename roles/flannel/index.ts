import { type DaemonName, daemonFact } from "../../src/facts/daemonPods.ts";
import { existsFact } from "../../src/facts/files.ts";
import { type Workload, workloadsFact } from "../../src/facts/kube.ts";
import { sh } from "../../src/host/sh.ts";
import { imageOf } from "../../src/role/artifactOf.ts";
import { resourceStep } from "../../src/role/resource.ts";
import { clusterStep, nodeStep, type Step, type Target } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";
import { apiIsDown, isStale, replacePod } from "../cluster/nodePod.ts";
import { workloadReady } from "../cluster/workloadReady.ts";
import { digestAnnotation, flannelImages, flannelObjects } from "./manifest.ts";

/** Written by flanneld once it has its lease; flannel's CNI plug-in fails without it. */
const subnetFile = "/run/flannel/subnet.env";

const flannelDaemon: DaemonName = { namespace: "kube-flannel", name: "kube-flannel-ds", selector: "app=flannel" };
const liveDaemon = (workloads: readonly Workload[] | undefined): Workload | undefined =>
  workloads?.find(
    ({ kind, metadata: { namespace, name } }) =>
      kind === "DaemonSet" && namespace === flannelDaemon.namespace && name === flannelDaemon.name,
  );
const isCurrent = (live: Workload, target: Target): boolean =>
  live.metadata.annotations[digestAnnotation] === flannelObjects(target).digest;

/** The flannel network from its own release manifest. */
export const flannel: readonly Step[] = [
  resourceStep({
    id: "flannel/images",
    summary: "flannel's images are on the node",
    stage: true,
    // Not beside the images that kubeadm init waits for.
    after: ["kubernetes/images"],
    when: (_node, cluster) => cluster.network.cni.name === "flannel",
    resources: (target) => flannelImages(target).map((ref) => imageOf(target, ref)),
  }),
  clusterStep({
    id: "flannel/installed",
    summary: "flannel runs on every node with the inventory's settings",
    after: [
      { step: "control-plane/up", on: "first-control-plane" },
      { step: "containerd/cni-plugins", on: "first-control-plane" },
    ],
    kube: () => ({ workloads: workloadsFact }),
    check: ({ kube, ...target }) => {
      const { cni } = target.cluster.network;
      if (cni.name !== "flannel") return ok;
      const live = liveDaemon(kube?.workloads);
      if (live === undefined)
        return {
          status: "change",
          changes: [
            {
              what: "object",
              action: "create",
              target: "DaemonSet kube-flannel/kube-flannel-ds",
              detail: `flannel ${cni.version}, ${cni.backend}`,
            },
          ],
        };
      if (isCurrent(live, target)) return ok;
      return {
        status: "change",
        changes: [
          {
            what: "object",
            action: "update",
            target: "DaemonSet kube-flannel/kube-flannel-ds",
            detail: `flannel ${cni.version}, ${cni.backend}`,
          },
        ],
      };
    },
    apply: (target) => [
      {
        kind: "run",
        where: "control-plane",
        summary: "apply flannel's objects",
        script: sh`k apply --server-side --force-conflicts --field-manager provision -f - >/dev/null`,
        stdin: JSON.stringify({ apiVersion: "v1", kind: "List", items: flannelObjects(target).objects }),
      },
    ],
    verify: ({ cluster }) =>
      cluster.network.cni.name === "flannel" ? [workloadReady("daemonset", "kube-flannel", "kube-flannel-ds")] : [],
  }),
  nodeStep({
    id: "flannel/pod",
    summary: "the node's flannel is of the current version and settings",
    after: ["kubernetes/kubelet", "flannel/installed", { step: "flannel/pod", on: "previous-node" }],
    when: (_node, cluster) => cluster.network.cni.name === "flannel",
    facts: () => ({}),
    kube: () => ({ daemon: daemonFact(flannelDaemon), workloads: workloadsFact }),
    check: ({ kube, node, api, ...target }) => {
      if (api === "down") return apiIsDown(flannelDaemon);
      const live = liveDaemon(kube?.workloads);
      if (live === undefined || !kube?.daemon?.pods.some((pod) => pod.node === node.name)) return ok;
      if (isCurrent(live, target) && !isStale(kube.daemon, node)) return ok;
      const disrupts = "flannel restarts on this node; its pods keep their network, new ones wait for it";
      return {
        status: "change",
        changes: [{ what: "node", action: "restart", target: "pod kube-flannel/kube-flannel-ds", disrupts }],
      };
    },
    apply: ({ node }) => replacePod(flannelDaemon, node),
  }),
  nodeStep({
    id: "flannel/subnet",
    summary: "flannel has the node's subnet: pods can get addresses",
    after: ["flannel/installed"],
    when: (_node, cluster) => cluster.network.cni.name === "flannel",
    facts: () => ({ subnet: existsFact([subnetFile]) }),
    check: ({ facts: { subnet } }) =>
      subnet.has(subnetFile) ? ok : { status: "change", changes: [{ what: "node", action: "look", target: subnetFile }] },
    apply: () => [],
    verify: () => [
      {
        summary: "flannel has the node's subnet",
        script: sh`[ -e ${subnetFile} ]`,
        unmet: ({ code }) => (code === 0 ? null : "flannel has not written it yet"),
        intervalMs: 250,
        deadlineMs: 120_000,
        evidence: sh`ls -l /run/flannel /etc/cni/net.d; crictl ps -a --name kube-flannel`,
      },
    ],
  }),
];
