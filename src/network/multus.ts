import type { ClusterSpec } from "../model/cluster.ts";
import { type MultusSpec, pluginTypes } from "../model/multus.ts";
import type { NetworkPart, Owned } from "./part.ts";

export const multusOf = ({ network: { multus } }: ClusterSpec): MultusSpec => {
  if (multus === null) throw new Error("the cluster has no Multus");
  return multus;
};

/** Name in the catalog of a kind's manifest. */
export const multusManifestName = ({ kind }: MultusSpec): string =>
  kind === "thick" ? "multus-thick-manifest" : "multus-manifest";

/** What Cilium calls files of others while it wants /etc/cni/net.d for itself: cilium/cilium daemon/cmd/cni/config.go. */
export const ciliumRenamed = ".cilium_bak";

/** What it puts on a node: k8snetworkplumbingwg/multus-cni deployments/, cmd/thin_entrypoint, cmd/install_multus. Interfaces are their plug-ins'. */
export const multusOwns: Owned = {
  interfaces: [],
  nftTables: [],
  chains: [],
  ipSets: [],
  confFiles: ["00-multus.conf", "00-multus.conflist", "01-multus.conf"].flatMap((name) => [name, `${name}${ciliumRenamed}`]),
  paths: [
    "/etc/cni/net.d/multus.d",
    "/etc/cni/multus",
    "/run/multus",
    "/run/k8s.cni.cncf.io",
    "/var/lib/cni/multus",
    "/opt/cni/bin/multus",
    "/opt/cni/bin/multus-shim",
    "/opt/cni/bin/passthru",
    // Of copies that did not end: pkg/cmdutils CopyFileAtomic leaves them.
    "/opt/cni/bin/multus.temp*",
    "/opt/cni/bin/multus-shim.temp*",
    "/opt/cni/bin/passthru.temp*",
  ],
};

export const multus: NetworkPart = {
  name: "Multus",
  inUse: ({ network }) => network.multus !== null,
  sources: (cluster) => ({ [multusManifestName(multusOf(cluster))]: multusOf(cluster).version }),
  versions: (cluster) => ({ multus: multusOf(cluster).version }),
  kernelFeatures: (cluster) => {
    const { attachments, probe } = multusOf(cluster);
    const types = new Set([...attachments.flatMap(pluginTypes), probe.kind]);
    return ["macvlan", "ipvlan"].filter((type) => types.has(type)).map((type) => `multus-${type}`);
  },
  ports: () => [],
  overhead: () => 0,
  confFile: "00-multus.conf",
  owns: multusOwns,
  // Serves every Kubernetes that its project's libraries do: no table is published.
  agent: null,
  programs: ["multus-daemon"],
  namespaces: ["kube-system"],
  policies: false,
};
