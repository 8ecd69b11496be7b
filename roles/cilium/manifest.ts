import type { CiliumSpec } from "../../src/model/cni/cilium.ts";
import { dict, type KubeObject, parseObjects, withContainers, withPod } from "../../src/role/objects/kubeObject.ts";
import { withoutCapability } from "../../src/role/objects/withoutCapability.ts";
import type { Target } from "../../src/role/step.ts";
import type { Manifest } from "../cluster/manifestSteps.ts";
import { ciliumHealthy } from "./health.ts";
import { ciliumValues } from "./values.ts";

const namespace = "kube-system";

/** The agent's DaemonSet. */
const ciliumDaemon = { namespace, name: "cilium", selector: "k8s-app=cilium" };

export const ciliumManifest: Manifest = {
  part: "cilium",
  title: "Cilium",
  inUse: ({ network }) => network.cni.name === "cilium",
  objects: ciliumObjects,
  agent: ciliumDaemon,
  deployments: () => [{ namespace, name: "cilium-operator" }],
  nodeReady: "cilium/agent",
  healthy: ciliumHealthy,
  // Who is no longer to replace kube-proxy goes on doing so until kube-proxy is there.
  after: ["cilium/change", "kube-proxy/daemonset"],
  disrupts:
    "Cilium's agent restarts on this node; its eBPF programs go on, new pods and policies wait for it, proxied connections reset",
};

/** What the version's chart makes of the inventory. */
export function ciliumObjects(target: Target): readonly KubeObject[] {
  const { cni } = target.cluster.network;
  if (cni.name !== "cilium") return [];
  const { restrictOomScoreAdj } = target.cluster.containerd;
  return parseObjects(chartOf(target, cni)).map((object) =>
    withPod(ofVersion(object, cni.version), (pod) =>
      withContainers(pod, (container) => {
        const own = { ...container, image: withoutDigest(String(container.image)) };
        return restrictOomScoreAdj ? withoutCapability(own, "SYS_RESOURCE") : own;
      }),
    ),
  );
}

const chartOf = (target: Target, cni: CiliumSpec): string =>
  target.chart("cilium-chart", cni.version, { name: "cilium", namespace, values: ciliumValues(target.cluster, cni) });

/** A Job cannot be changed: another version's is another one. The chart lets it go when it is done. */
const ofVersion = (object: KubeObject, version: string): KubeObject =>
  object.kind === "Job"
    ? {
        ...object,
        metadata: { ...dict(object.metadata), name: `${String(dict(object.metadata).name)}-${version.replaceAll(".", "-")}` },
      }
    : object;

/** Which build an image is, the catalog says. */
const withoutDigest = (image: string): string => image.replace(/@sha256:[0-9a-f]{64}$/, "");
