import { type Feature, linkRow, nftRow, option, optionRows, type Requirement } from "./requirement.ts";
import { iptablesTables, nftBase, nftRules, nftTool } from "./requirementsKubeProxy.ts";

const page = "https://docs.tigera.io/calico/latest/getting-started/kubernetes/requirements";
const nftPage = "https://docs.tigera.io/calico/latest/getting-started/kubernetes/nftables";
const bpfCode = "https://github.com/projectcalico/calico/blob/v3.31.7/felix/bpf/bpf.go";

const kernel = (source: string): readonly Requirement[] => [
  {
    what: "kernel 5.10",
    need: { kernel: "5.10", redhat: "4.18.0-305" },
    severity: "error",
    source,
    when: { component: "calico", atLeast: "3.29.0" },
  },
  { what: "kernel 3.10", need: { kernel: "3.10" }, severity: "error", source, when: { component: "calico", below: "3.29.0" } },
];

const routed: readonly Requirement[] = [
  linkRow("veth", "VETH", { source: page }),
  ...optionRows({ severity: "error", source: page, because: "routing by rules" }, "IP_MULTIPLE_TABLES"),
];

const sets = optionRows(
  { severity: "error", source: page, because: "IP sets of policies" },
  "IP_SET",
  "IP_SET_HASH_IP",
  "IP_SET_HASH_NET",
  "NETFILTER_XT_SET",
);
const matches = optionRows(
  { severity: "error", source: page, because: "rules of Felix" },
  "NETFILTER_XT_MATCH_ADDRTYPE",
  "NETFILTER_XT_MATCH_COMMENT",
  "NETFILTER_XT_MATCH_CONNTRACK",
  "NETFILTER_XT_MARK",
  "NETFILTER_XT_MATCH_MULTIPORT",
  "NF_CT_NETLINK",
);

export const calicoFeatures: readonly Feature[] = [
  {
    name: "calico-iptables",
    title: "Calico iptables",
    summary: "Calico's iptables data plane.",
    instead: "use Calico's nftables data plane, with kube-proxy in mode nftables",
    requirements: [
      ...kernel(page),
      iptablesTables,
      ...routed,
      ...sets,
      ...matches,
      ...optionRows({ severity: "error", source: page, because: "the test of a packet's source" }, "IP_NF_MATCH_RPFILTER"),
      ...optionRows({ severity: "error", source: page, because: "actions of policies" }, "IP_NF_TARGET_REJECT"),
      ...optionRows({ severity: "warning", source: page, because: "SCTP in policies" }, "NETFILTER_XT_MATCH_SCTP"),
    ],
  },
  {
    name: "calico-nftables",
    title: "Calico nftables",
    summary: "Calico's nftables data plane; kube-proxy must be in mode nftables too.",
    instead: "use Calico's iptables data plane, with kube-proxy in mode iptables",
    requirements: [
      { what: "kernel 5.13", need: { kernel: "5.13", byNumber: true }, severity: "error", source: nftPage },
      nftTool,
      ...nftBase,
      ...nftRules,
      nftRow("interval-set", ["NF_TABLES", "NF_TABLES_SET"], { source: nftPage, because: "sets of networks" }),
      nftRow("notrack", ["NFT_CT", "NF_CONNTRACK"], { source: nftPage, because: "policies without tracking" }),
      { ...nftRow("log", ["NFT_LOG"], { source: nftPage, because: "the action log" }), severity: "warning" },
      ...routed,
    ],
  },
  {
    name: "calico-ebpf",
    title: "Calico eBPF",
    summary: "Calico's eBPF data plane, in kube-proxy's place.",
    instead: "use Calico's iptables or nftables data plane",
    requirements: [
      {
        what: "kernel 5.10",
        need: { kernel: "5.10", redhat: "4.18.0-305" },
        severity: "error",
        source: page,
        because: "documented; the code's own floor is 5.3, or 4.18.0-193 of Red Hat",
      },
      { what: "kernel 6.6", need: { kernel: "6.6" }, severity: "warning", source: page, because: "recommended: tcx" },
      { what: "little-endian", need: { machine: ["x86_64", "aarch64", "ppc64le", "riscv64"] }, severity: "error", source: page },
      ...optionRows({ severity: "error", source: page }, "BPF_SYSCALL", "BPF_JIT", "CGROUP_BPF"),
      {
        what: "sched_cls",
        need: { tried: { program: "sched_cls" }, otherwise: option("NET_CLS_BPF") },
        severity: "error",
        source: bpfCode,
      },
      ...optionRows({ severity: "error", source: bpfCode, because: "where programs are attached" }, "NET_SCH_INGRESS"),
      {
        what: "bpffs",
        need: { bpffs: true },
        severity: "warning",
        source: page,
        because: "an init container mounts it; a mount by the host outlives that",
        hint: "mount it at boot: systemd's sys-fs-bpf.mount, or `mount -t bpf bpf /sys/fs/bpf`",
      },
      {
        what: "cgroup2",
        need: { any: [{ mount: "/sys/fs/cgroup", type: "cgroup2" }, { filesystem: "cgroup2" }] },
        severity: "error",
        source: page,
        because: "load balancing at connect time",
      },
      {
        what: "BTF",
        need: { btf: true },
        severity: "warning",
        source: "https://github.com/projectcalico/calico/blob/v3.31.7/felix/bpf/utils/utils.go",
        because: "programs that adapt to the kernel; without it others are used",
      },
      ...routed,
    ],
  },
  {
    name: "calico-vxlan",
    title: "Calico VXLAN",
    summary: "Calico with VXLAN between nodes.",
    requirements: [
      linkRow("vxlan", "VXLAN", { source: page }),
      { what: "kernel 4.19", need: { kernel: "4.19", redhat: "4.18.0" }, severity: "error", source: page, family: "ip6" },
    ],
  },
  {
    name: "calico-ipip",
    title: "Calico IPIP",
    summary: "Calico with IP in IP between nodes.",
    instead: "use VXLAN as Calico's encapsulation",
    requirements: [linkRow("ipip", "NET_IPIP", { source: page })],
  },
  {
    name: "calico-wireguard",
    title: "Calico WireGuard",
    summary: "Calico with WireGuard between nodes.",
    requirements: [
      linkRow("wireguard", "WIREGUARD", { source: page, because: "in the kernel from 5.6 on; a module package before" }),
    ],
  },
];
