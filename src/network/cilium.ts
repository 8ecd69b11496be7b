import type { NetworkPart } from "./part.ts";

export const cilium: NetworkPart = {
  name: "Cilium",
  inUse: ({ network }) => network.cni.name === "cilium",
  sources: () => ({}),
  versions: ({ network }) => (network.cni.name === "cilium" ? { cilium: network.cni.version } : {}),
  kernelFeatures: () => [],
  ports: () => [],
  overhead: () => 50,
  confFile: "05-cilium.conflist",
  owns: {
    interfaces: ["cilium_*", "lxc*"],
    nftTables: [],
    chains: ["CILIUM_", "OLD_CILIUM_"],
    ipSets: ["cilium_"],
    confFiles: ["05-cilium.conflist"],
    paths: ["/var/run/cilium", "/run/cilium", "/sys/fs/bpf/cilium", "/sys/fs/bpf/tc/globals"],
  },
  agent: {
    image: /(?:^|\/)cilium\/cilium$/,
    tested: { "1.18": ["1.30", "1.33"], "1.19": ["1.31", "1.34"], "1.20": ["1.33", "1.36"] },
    source: "https://docs.cilium.io/en/stable/network/kubernetes/compatibility/",
  },
  namespaces: ["kube-system"],
  policies: true,
};
