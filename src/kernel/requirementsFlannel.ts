import { type Feature, linkRow, option, optionRows, type Requirement } from "./requirement.ts";
import { iptablesTables, nftBase, nftTool } from "./requirementsKubeProxy.ts";

const backends = "https://github.com/flannel-io/flannel/blob/master/Documentation/backends.md";
const main = "https://github.com/flannel-io/flannel/blob/master/main.go";
const manager = "https://github.com/flannel-io/flannel/tree/master/pkg/trafficmngr";
const portmap = "https://github.com/containernetworking/plugins/tree/main/plugins/meta/portmap";

const bridge: readonly Requirement[] = [
  linkRow("bridge", "BRIDGE", {
    source: "https://www.cni.dev/plugins/current/main/bridge/",
    because: "flannel's pods hang on a bridge",
  }),
  linkRow("veth", "VETH", { source: "https://www.cni.dev/plugins/current/main/bridge/" }),
];

const bridgeNetfilter: Requirement = {
  what: "br_netfilter",
  need: { any: [{ sysctl: "net.bridge.bridge-nf-call-iptables" }, option("BRIDGE_NETFILTER")] },
  severity: "error",
  source: main,
  because: "flannel does not start without it, and Services between pods of one node need it",
};

/** With EnableNFTables flannel 0.28.0 and newer starts without it. */
const bridgeNetfilterOld: Requirement = { ...bridgeNetfilter, when: { component: "flannel", below: "0.28.0" } };
const bridgeNetfilterNew: Requirement = {
  ...bridgeNetfilter,
  severity: "warning",
  because: "a Service whose pod is on the caller's own node is answered with the pod's address",
  when: { component: "flannel", atLeast: "0.28.0" },
};

const instead = "set network.cni.backend: host-gw in the inventory, where all nodes share one network";

const portmapTool: Requirement = {
  what: "iptables or nft",
  need: { any: [{ tool: "iptables" }, { tool: "nft", atLeast: "1.0.1" }] },
  severity: "warning",
  source: portmap,
  because: "pods with a hostPort: the portmap plug-in calls the host's iptables, or from 1.6.0 on nft",
  hint: "install nftables or iptables",
};

export const flannelFeatures: readonly Feature[] = [
  {
    name: "flannel-vxlan",
    title: "flannel vxlan",
    summary: "flannel with VXLAN between nodes.",
    instead,
    requirements: [linkRow("vxlan", "VXLAN", { source: backends }), ...bridge, portmapTool],
  },
  {
    name: "flannel-host-gw",
    title: "flannel host-gw",
    summary: "flannel with plain routes; all nodes on one network.",
    requirements: [...bridge, portmapTool],
  },
  {
    name: "flannel-wireguard",
    title: "flannel wireguard",
    summary: "flannel with WireGuard between nodes.",
    instead: "set network.cni.backend: vxlan in the inventory",
    requirements: [
      linkRow("wireguard", "WIREGUARD", { source: backends, because: "in the kernel from 5.6 on; a module package before" }),
      ...bridge,
      portmapTool,
    ],
  },
  {
    name: "flannel-ipip",
    title: "flannel ipip",
    summary: "flannel with IP in IP between nodes.",
    instead: "set network.cni.backend: vxlan in the inventory",
    requirements: [linkRow("ipip", "NET_IPIP", { source: backends }), ...bridge, portmapTool],
  },
  {
    name: "flannel-iptables",
    title: "flannel's iptables",
    summary: "flannel's own rules through iptables.",
    instead: "set network.cni.nftables: true in the inventory",
    requirements: [
      iptablesTables,
      ...optionRows(
        { severity: "error", source: manager, because: "rules of flannel" },
        "NETFILTER_XT_MATCH_COMMENT",
        "NETFILTER_XT_TARGET_MASQUERADE",
      ),
      bridgeNetfilter,
    ],
  },
  {
    name: "flannel-nftables",
    title: "flannel's nftables",
    summary: "flannel's own rules through nftables (EnableNFTables).",
    instead: "set network.cni.nftables: false in the inventory",
    requirements: [nftTool, ...nftBase, bridgeNetfilterOld, bridgeNetfilterNew],
  },
  {
    name: "canal",
    title: "Canal",
    summary: "flannel's routing with Calico's policies; beside flannel-vxlan and calico-iptables.",
    requirements: [
      linkRow("vxlan", "VXLAN", { source: backends }),
      bridgeNetfilter,
      {
        ...portmapTool,
        severity: "error",
        because: "portmap is chained: without a tool every pod with a hostPort fails and leaks its address",
        source: "https://docs.rke2.io/known_issues",
      },
    ],
  },
];
