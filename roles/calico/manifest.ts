import type { CalicoSpec } from "../../src/model/cni/calico.ts";
import { sourceOf } from "../../src/network/calico.ts";
import {
  dict,
  type KubeObject,
  parseObjects,
  withContainers,
  withEnv,
  withPod,
  words,
} from "../../src/role/objects/kubeObject.ts";
import type { Target } from "../../src/role/step.ts";
import type { Manifest } from "../cluster/manifestSteps.ts";
import { calicoHealthy } from "./health.ts";
import { resources } from "./resources.ts";
import { felixEnv } from "./settings.ts";

const nodeName = (object: KubeObject): string => `${String(object.kind)} ${String(dict(object.metadata).name)}`;

export const calicoManifest: Manifest = {
  part: "calico",
  title: "Calico",
  inUse: ({ network }) => network.cni.name === "calico",
  objects: calicoObjects,
  agent: { namespace: "kube-system", name: "calico-node", selector: "k8s-app=calico-node" },
  deployments: ({ cluster: { network } }) => [
    ...(network.cni.name === "calico" && network.cni.typhaReplicas > 0
      ? [{ namespace: "kube-system", name: "calico-typha" }]
      : []),
    { namespace: "kube-system", name: "calico-kube-controllers" },
  ],
  nodeReady: "calico/node",
  healthy: calicoHealthy,
  after: ["calico/change"],
  follows: ["flannel"],
  disrupts: "Felix restarts on this node; its pods keep their network and policies, new pods and changed policies wait for it",
};

/** The release's own manifest with this cluster's settings in it, and Calico's own objects before what reads them. */
function calicoObjects(target: Target): readonly KubeObject[] {
  const { cluster } = target;
  const { cni } = cluster.network;
  if (cni.name !== "calico") return [];
  const release = parseObjects(target.text(sourceOf(cni), cni.version)).map((object) => overlaid(object, cni));
  const isWorkload = ({ kind }: KubeObject): boolean => kind === "DaemonSet" || kind === "Deployment";
  return [...release.filter((object) => !isWorkload(object)), ...resources(cluster, cni), ...release.filter(isWorkload)];
}

function overlaid(object: KubeObject, calico: CalicoSpec): KubeObject {
  switch (nodeName(object)) {
    case "ConfigMap calico-config":
      return { ...object, data: { ...dict(object.data), ...config(calico) } };
    case "DaemonSet calico-node":
      return withPod(object, (pod) => withContainers(pod, (container) => nodeContainer(container, calico)));
    case "Deployment calico-typha":
      return { ...object, spec: { ...dict(object.spec), replicas: calico.typhaReplicas } };
    default:
      return object;
  }
}

const hasBird = ({ bgp }: CalicoSpec): boolean => bgp !== null;

const config = (calico: CalicoSpec): Readonly<Record<string, string>> => ({
  calico_backend: hasBird(calico) ? "bird" : "vxlan",
  veth_mtu: String(calico.mtu),
  typha_service_name: calico.typhaReplicas > 0 ? "calico-typha" : "none",
});

/** Its own plug-ins alone: the others on a node are those the inventory names. */
const foreignPlugins = "bandwidth,flannel,host-local,loopback,portmap,tuning";

function nodeContainer(container: KubeObject, calico: CalicoSpec): KubeObject {
  if (container.name === "install-cni") return withEnv(container, { SKIP_CNI_BINARIES: foreignPlugins });
  if (container.name !== "calico-node") return container;
  const set = withEnv(container, {
    CLUSTER_TYPE: hasBird(calico) ? "k8s,bgp" : "k8s",
    IP_AUTODETECTION_METHOD: "kubernetes-internal-ip",
    // The pool is an object of this role: made by calico-node it would never be changed again.
    NO_DEFAULT_POOLS: "true",
    CALICO_IPV4POOL_IPIP: null,
    CALICO_IPV4POOL_VXLAN: null,
    CALICO_IPV6POOL_VXLAN: null,
    ...felixEnv(calico),
  });
  return hasBird(calico) ? set : { ...set, ...withoutBird(set, "livenessProbe"), ...withoutBird(set, "readinessProbe") };
}

/** Probes of BIRD fail where none runs. */
function withoutBird(container: KubeObject, probe: string): KubeObject {
  const { exec, ...rest } = dict(container[probe]);
  const command = words(dict(exec).command).filter((word) => !word.startsWith("-bird"));
  return { [probe]: { ...rest, exec: { command } } };
}
