import { netConf } from "../../src/network/flannel.ts";
import { dict, type KubeObject, parseObjects, withPod } from "../../src/role/objects/kubeObject.ts";
import { withCapabilities } from "../../src/role/objects/leastPrivilege.ts";
import type { Target } from "../../src/role/step.ts";
import type { Manifest } from "../cluster/manifestSteps.ts";

export const flannelManifest: Manifest = {
  part: "flannel",
  title: "flannel",
  inUse: ({ network }) => network.cni.name === "flannel",
  objects: flannelObjects,
  agent: { namespace: "kube-flannel", name: "kube-flannel-ds", selector: "app=flannel" },
  nodeReady: "flannel/subnet",
  disrupts: "flannel restarts on this node; its pods keep their network, new ones wait for it",
};

/** flanneld alone changes the machine: links, routes, rules. It has root's other powers only over files that are root's; its image links programs of its own when it starts. */
const capabilities = { "kube-flannel": ["NET_ADMIN", "NET_RAW"] };

/** The release's own manifest with this cluster's network in it. */
function flannelObjects(target: Target): readonly KubeObject[] {
  const { cni } = target.cluster.network;
  if (cni.name !== "flannel") return [];
  return parseObjects(target.text("flannel-manifest", cni.version)).map((object) =>
    object.kind === "ConfigMap"
      ? { ...object, data: { ...dict(object.data), "net-conf.json": netConf(target.cluster.network, cni) } }
      : withPod(object, (pod) => withCapabilities(pod, capabilities)),
  );
}
