import { allOptions, type Feature, linkRow, nftRow, optionRows, type Requirement } from "./requirement.ts";

const kernelConstants = "https://github.com/kubernetes/kubernetes/blob/master/pkg/util/kernel/constants.go";
const proxier = "https://github.com/kubernetes/kubernetes/blob/master/pkg/proxy/nftables/proxier.go";
const kep3866 = "https://github.com/kubernetes/enhancements/issues/3866";
const kep5343 = "https://github.com/kubernetes/enhancements/issues/5343";
const ipvsReadme = "https://github.com/kubernetes/kubernetes/blob/master/pkg/proxy/ipvs/README.md";
const xtablesLegacy = "https://lists.netfilter.org/pipermail/netfilter-devel/ (July 2025: NETFILTER_XTABLES_LEGACY)";
const rule = (because: string) => ({ source: proxier, because });

/** Rows of any rule set of nftables whose writer asks for nft 1.0.1: what knftables refuses, the host's nft would too. */
export const nftTool: Requirement = {
  what: "nft 1.0.1",
  need: { tool: "nft", atLeast: "1.0.1", orAbsent: true },
  severity: "error",
  source: kep5343,
  because: "nft 0.9.8 and older cannot list, and may crash on, what newer ones wrote; none on the host is fine",
  hint: "remove the package nftables, where nothing on the machine needs it",
};

export const nftBase: readonly Requirement[] = [
  nftRow("table", ["NF_TABLES", "NF_TABLES_IPV4"], rule("tables, base chains and sets")),
  { what: "NF_TABLES_IPV6", need: { option: "NF_TABLES_IPV6" }, severity: "error", source: proxier, family: "ip6" },
  nftRow("nat", ["NFT_NAT", "NF_NAT"], rule("chains of type nat, dnat")),
  nftRow("masquerade", ["NFT_MASQ", "NF_NAT"], rule("masquerade fully-random")),
];

/** Sets, maps and expressions beyond the base, as kube-proxy and Calico use them. */
export const nftRules: readonly Requirement[] = [
  nftRow("ct", ["NFT_CT", "NF_CONNTRACK"], rule("ct state new")),
  nftRow("verdict-map", ["NF_TABLES", "NF_TABLES_SET"], rule("a Service's chain by its address and port")),
  nftRow("concatenated-map", ["NF_TABLES", "NF_TABLES_SET"], rule("keys of address, protocol and port")),
  nftRow("fib", ["NFT_FIB", "NFT_FIB_IPV4"], rule("fib daddr type local")),
  { what: "NFT_FIB_IPV6", need: { option: "NFT_FIB_IPV6" }, severity: "error", source: proxier, family: "ip6" },
  nftRow("reject", ["NFT_REJECT", "NFT_REJECT_IPV4"], rule("Services without endpoints")),
  { what: "NFT_REJECT_IPV6", need: { option: "NFT_REJECT_IPV6" }, severity: "error", source: proxier, family: "ip6" },
];

const xtables = (names: readonly string[], because: string): readonly Requirement[] =>
  optionRows(
    { severity: "error", source: "https://github.com/kubernetes/kubernetes/blob/master/pkg/proxy/iptables/proxier.go", because },
    ...names,
  );

/** iptables on the kernel's side: the old tables, or nftables with the shim that runs xtables' extensions. */
export const iptablesTables: Requirement = {
  what: "iptables",
  need: { any: [allOptions("IP_NF_FILTER", "IP_NF_NAT", "IP_NF_MANGLE"), allOptions("NF_TABLES", "NFT_COMPAT", "NFT_NAT")] },
  severity: "error",
  source: xtablesLegacy,
  because: "from 6.17 on kernels may come without the old tables; then iptables works through nftables only",
};

export const kubeProxyFeatures: readonly Feature[] = [
  {
    name: "kube-proxy-nftables",
    title: "kube-proxy nftables",
    summary: "kube-proxy in mode nftables.",
    instead: "set network.kubeProxy.mode: iptables in the inventory",
    requirements: [
      {
        what: "kernel 5.13",
        need: { kernel: "5.13", byNumber: true },
        severity: "error",
        source: kernelConstants,
        because: "kube-proxy compares the number and exits",
      },
      {
        what: "kernel 6.1",
        need: { kernel: "6.1" },
        severity: "warning",
        source: "https://kubernetes.io/docs/reference/networking/virtual-ips/#migrating-from-iptables-mode-to-nftables",
        because: "below 6.1 conntrack may take good packets for invalid ones, and connections are reset",
        hint: "if it happens: conntrack.tcpBeLiberal in kube-proxy's configuration (net.netfilter.nf_conntrack_tcp_be_liberal=1)",
      },
      nftTool,
      ...nftBase,
      ...nftRules,
      nftRow("numgen", ["NFT_NUMGEN"], rule("an endpoint is picked at random")),
      nftRow("timeout-set", ["NF_TABLES", "NF_TABLES_SET"], { source: kep3866, because: "session affinity" }),
    ],
  },
  {
    name: "kube-proxy-iptables",
    title: "kube-proxy iptables",
    summary: "kube-proxy in mode iptables.",
    instead: "set network.kubeProxy.mode: nftables in the inventory",
    requirements: [
      iptablesTables,
      ...xtables(["NF_CONNTRACK", "NF_NAT", "NETFILTER_XT_NAT"], "DNAT to endpoints"),
      ...xtables(["NETFILTER_XT_TARGET_MASQUERADE", "NETFILTER_XT_MARK"], "source NAT"),
      ...xtables(
        [
          "NETFILTER_XT_MATCH_COMMENT",
          "NETFILTER_XT_MATCH_CONNTRACK",
          "NETFILTER_XT_MATCH_ADDRTYPE",
          "NETFILTER_XT_MATCH_STATISTIC",
        ],
        "matches of its rules",
      ),
      ...xtables(["IP_NF_TARGET_REJECT"], "Services without endpoints"),
      ...xtables(["NETFILTER_XT_MATCH_RECENT"], "session affinity").map((row) => ({ ...row, severity: "warning" as const })),
      ...xtables(["NETFILTER_XT_MATCH_NFACCT"], "a metric of dropped packets").map((row) => ({
        ...row,
        severity: "warning" as const,
      })),
    ],
  },
  {
    name: "kube-proxy-ipvs",
    title: "kube-proxy ipvs",
    summary: "kube-proxy in mode ipvs (deprecated from 1.35 on).",
    instead: "set network.kubeProxy.mode: nftables in the inventory",
    requirements: [
      ...optionRows(
        { severity: "error", source: ipvsReadme, because: "kube-proxy exits without it" },
        "IP_VS",
        "IP_VS_RR",
        "IP_VS_WRR",
        "IP_VS_SH",
        "NF_CONNTRACK",
      ),
      ...optionRows({ severity: "error", source: ipvsReadme }, "IP_SET", "IP_SET_HASH_IP", "NETFILTER_XT_SET"),
      linkRow("dummy", "DUMMY", { source: ipvsReadme, because: "the interface kube-ipvs0" }),
      iptablesTables,
    ],
  },
];
