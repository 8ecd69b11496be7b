import type { NetworkPart, Owned } from "./part.ts";

/** What Felix, its CNI plug-in and its data planes make on a node. projectcalico/calico felix/rules, felix/dataplane/linux. */
export const felixOwns: Owned = {
  interfaces: ["cali*", "vxlan.calico", "vxlan-v6.calico", "wireguard.cali"],
  nftTables: ["ip calico", "ip6 calico"],
  chains: ["cali-"],
  ipSets: ["cali40", "cali60"],
  confFiles: ["10-calico.conflist", "calico-kubeconfig"],
  paths: ["/var/run/calico", "/var/lib/calico", "/run/calico"],
};

export const calicoAgent = {
  image: /(?:^|\/)(?:calico\/node|hardened-calico)$/,
  tested: { "3.29": ["1.29", "1.32"], "3.30": ["1.31", "1.35"], "3.31": ["1.32", "1.35"], "3.32": ["1.34", "1.36"] },
  source: "https://docs.tigera.io/calico/latest/getting-started/kubernetes/requirements",
} as const;

export const calico: NetworkPart = {
  name: "Calico",
  inUse: ({ network }) => network.cni.name === "calico",
  sources: () => ({}),
  versions: ({ network }) => (network.cni.name === "calico" ? { calico: network.cni.version } : {}),
  kernelFeatures: () => [],
  ports: () => [],
  overhead: () => 50,
  confFile: "10-calico.conflist",
  owns: felixOwns,
  agent: calicoAgent,
  namespaces: ["kube-system"],
  policies: true,
};
