import { sh } from "../host/sh.ts";
import type { ClusterSpec } from "../model/cluster.ts";
import type { FlannelSpec } from "../model/cni/flannel.ts";
import type { NetworkPart, Owned } from "./part.ts";

/** How flannel carries packets in this cluster, alone or as a part of Canal. null: it does not. */
export function flannelIn({ network: { cni } }: ClusterSpec): FlannelNetwork | null {
  if (cni.name === "flannel") return cni;
  if (cni.name !== "canal") return null;
  return { version: cni.flannel, backend: cni.backend, nftables: cni.nftables };
}

type FlannelNetwork = Pick<FlannelSpec, "version" | "backend" | "nftables">;

/** net-conf.json: flannel-io/flannel Documentation/configuration.md. */
export const netConf = ({ pods }: ClusterSpec["network"], { nftables, backend }: FlannelNetwork): string =>
  JSON.stringify({ Network: pods, EnableNFTables: nftables, Backend: { Type: backend } });

const of = ({ network: { cni } }: ClusterSpec): FlannelSpec => {
  if (cni.name !== "flannel") throw new Error("the cluster has no flannel");
  return cni;
};

/** What flanneld and its plug-ins make on a node. `flannel-io/flannel pkg/backend, pkg/trafficmngr`; the bridge is the reference plug-in's. */
export const flannelOwns: Owned = {
  interfaces: ["flannel.1", "flannel-v6.1", "cni0"],
  nftTables: ["ip flannel-ipv4", "ip6 flannel-ipv6"],
  chains: ["FLANNEL-"],
  ipSets: [],
  confFiles: ["10-flannel.conflist"],
  paths: ["/run/flannel"],
  // Those of host-gw, and what --ip-blackhole-route made; the others went with their interface.
  more: sh`n=$(sed -n 's/^FLANNEL_NETWORK=//p' /run/flannel/subnet.env 2>/dev/null)
[ -z "$n" ] || ip -4 route show root "$n" | grep -e ' via ' -e '^blackhole ' | while read -r r; do ip route del $r 2>/dev/null; done`,
};

/** UDP port and bytes of VXLAN as flannel uses it: Documentation/backends.md (the kernel's default port), pkg/backend/vxlan/device.go (encapOverhead). */
export const flannelVxlan = {
  port: {
    protocol: "udp",
    port: 8472,
    service: "flannel vxlan",
    loopback: false,
    source: "flannel-io/flannel Documentation/backends.md: vxlan, Port: on Linux the kernel's default, 8472",
  },
  overhead: 50,
  /** Documentation/backends.md: vxlan, VNI. */
  vni: 1,
} as const;

export const flannel: NetworkPart = {
  name: "flannel",
  inUse: ({ network }) => network.cni.name === "flannel",
  sources: (cluster) => ({ "flannel-manifest": of(cluster).version }),
  versions: (cluster) => ({ flannel: of(cluster).version }),
  kernelFeatures: (cluster) => [`flannel-${of(cluster).backend}`, of(cluster).nftables ? "flannel-nftables" : "flannel-iptables"],
  ports: (cluster) => (of(cluster).backend === "vxlan" ? [flannelVxlan.port] : []),
  overhead: (cluster) => (of(cluster).backend === "vxlan" ? flannelVxlan.overhead : 0),
  confFile: "10-flannel.conflist",
  owns: flannelOwns,
  // Serves every Kubernetes from 1.17 on: flannel Documentation/kubernetes.md.
  agent: null,
  programs: ["flanneld"],
  namespaces: ["kube-flannel"],
  policies: false,
};
