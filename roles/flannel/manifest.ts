import { netConf } from "../../src/network/flannel.ts";
import { dict, type KubeObject, parseObjects } from "../../src/role/objects/kubeObject.ts";
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

/** The release's own manifest with this cluster's network in it. */
export function flannelObjects(target: Target): readonly KubeObject[] {
  const { cni } = target.cluster.network;
  if (cni.name !== "flannel") return [];
  return parseObjects(target.text("flannel-manifest", cni.version)).map((object) =>
    object.kind === "ConfigMap"
      ? { ...object, data: { ...dict(object.data), "net-conf.json": netConf(target.cluster.network, cni) } }
      : object,
  );
}
