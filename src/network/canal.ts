import type { ClusterSpec } from "../model/cluster.ts";
import type { CanalSpec } from "../model/cni/canal.ts";
import { felixOwns } from "./calico.ts";
import { flannelOwns, flannelVxlan } from "./flannel.ts";
import type { NetworkPart, NetworkPort, Owned } from "./part.ts";

const of = ({ network: { cni } }: ClusterSpec): CanalSpec => {
  if (cni.name !== "canal") throw new Error("the cluster has no Canal");
  return cni;
};

/** flannel's device and rules, Felix's interfaces, sets and rules; no bridge: pods hang on routes. */
const canalOwns: Owned = {
  interfaces: [...flannelOwns.interfaces.filter((name) => name !== "cni0"), ...felixOwns.interfaces],
  nftTables: [...flannelOwns.nftTables, ...felixOwns.nftTables],
  chains: [...flannelOwns.chains, ...felixOwns.chains],
  ipSets: felixOwns.ipSets,
  confFiles: ["10-canal.conflist", "calico-kubeconfig"],
  paths: [...new Set([...flannelOwns.paths, ...felixOwns.paths])],
  ...(felixOwns.more === undefined ? {} : { more: felixOwns.more }),
};

export const felixMetricsPort = 9091;

const local = (port: number, service: string, source: string): NetworkPort => ({
  protocol: "tcp",
  port,
  service,
  loopback: true,
  source,
});

export const canal: NetworkPart = {
  name: "Canal",
  inUse: ({ network }) => network.cni.name === "canal",
  sources: (cluster) => ({ "canal-manifest": of(cluster).version, "flannel-manifest": of(cluster).flannel }),
  versions: (cluster) => ({ calico: of(cluster).version, flannel: of(cluster).flannel }),
  kernelFeatures: (cluster) => [
    "canal",
    `flannel-${of(cluster).backend}`,
    of(cluster).nftables ? "flannel-nftables" : "flannel-iptables",
    "calico-iptables",
  ],
  ports: (cluster) => [
    ...(of(cluster).backend === "vxlan" ? [flannelVxlan.port] : []),
    local(9099, "felix health", "projectcalico/calico manifests/canal.yaml: readinessProbe"),
    local(felixMetricsPort, "felix metrics", "projectcalico/calico felix/config/config_params.go: PrometheusMetricsPort"),
    local(8081, "flannel health", "rancher/rke2-charts rke2-canal: flannel healthz port"),
  ],
  overhead: (cluster) => (of(cluster).backend === "vxlan" ? flannelVxlan.overhead : 0),
  confFile: "10-canal.conflist",
  owns: canalOwns,
  // Its image is Calico's, whose row speaks of it.
  agent: null,
  programs: ["flanneld", "calico-node"],
  namespaces: ["kube-system"],
  policies: true,
};
