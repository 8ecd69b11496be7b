/**
 * Options of the kernel's configuration, and the modules they make. Sources: the Makefiles and Kconfig files of torvalds/linux
 * below net/netfilter, net/ipv4, net/ipv6, net/sched, drivers/net, fs; kubespray's module lists.
 */

/** Yes-or-no options: no module and no entry in modules.builtin, so nothing but the configuration text tells of them. */
const bools = new Set(
  `BPF BPF_SYSCALL BPF_JIT BPF_EVENTS BPF_STREAM_PARSER CGROUPS CGROUP_BPF CGROUP_PIDS CGROUP_SCHED CGROUP_CPUACCT CGROUP_DEVICE
   CGROUP_FREEZER CGROUP_HUGETLB CFS_BANDWIDTH CPUSETS MEMCG FAIR_GROUP_SCHED NAMESPACES NET_NS PID_NS IPC_NS UTS_NS USER_NS INET PROC_FS
   SECCOMP SECCOMP_FILTER PERF_EVENTS SCHEDSTATS DEBUG_INFO_BTF KPROBES FTRACE FUNCTION_TRACER NETKIT NF_TABLES_IPV4 NF_TABLES_IPV6
   NF_TABLES_INET NET_CLS_ACT FIB_RULES IP_MULTIPLE_TABLES IPV6_MULTIPLE_TABLES POSIX_MQUEUE KEYS XFRM XFRM_OFFLOAD XFRM_STATISTICS
   NETFILTER_XTABLES_LEGACY PCI_IOV PREEMPT_NONE NET_L3_MASTER_DEV FS_VERITY NF_CONNTRACK_MARK SECURITY_LOCKDOWN_LSM`.split(
    /\s+/,
  ),
);

/** Where the module is not just the option in lower case. */
const named: Readonly<Record<string, readonly string[]>> = {
  NFT_NAT: ["nft_nat", "nft_chain_nat"],
  BRIDGE_NETFILTER: ["br_netfilter"],
  NF_CT_NETLINK: ["nf_conntrack_netlink"],
  NET_IPIP: ["ipip"],
  OVERLAY_FS: ["overlay"],
  EXT4_FS: ["ext4"],
  BLK_DEV_DM: ["dm_mod"],
  NET_SCH_FQ: ["sch_fq"],
  NET_SCH_INGRESS: ["sch_ingress"],
  NET_CLS_BPF: ["cls_bpf"],
  TCP_CONG_BBR: ["tcp_bbr"],
  IP_NF_IPTABLES: ["ip_tables"],
  IP6_NF_IPTABLES: ["ip6_tables"],
  IP_NF_FILTER: ["iptable_filter"],
  IP_NF_NAT: ["iptable_nat"],
  IP_NF_MANGLE: ["iptable_mangle"],
  IP_NF_RAW: ["iptable_raw"],
  IP6_NF_FILTER: ["ip6table_filter"],
  IP6_NF_NAT: ["ip6table_nat"],
  IP6_NF_MANGLE: ["ip6table_mangle"],
  IP6_NF_RAW: ["ip6table_raw"],
  IP_NF_TARGET_REJECT: ["ipt_REJECT"],
  IP_NF_TARGET_MASQUERADE: ["xt_MASQUERADE"],
  IP_NF_TARGET_REDIRECT: ["xt_REDIRECT"],
  IP_NF_MATCH_RPFILTER: ["ipt_rpfilter"],
  NETFILTER_XT_MARK: ["xt_mark"],
  NETFILTER_XT_TARGET_MARK: ["xt_mark"],
  NETFILTER_XT_SET: ["xt_set"],
  NETFILTER_XT_NAT: ["xt_nat"],
  NETFILTER_XTABLES: ["x_tables"],
  INET_ESP: ["esp4"],
  INET6_ESP: ["esp6"],
  INET_IPCOMP: ["ipcomp"],
  INET6_IPCOMP: ["ipcomp6"],
  INET_XFRM_TUNNEL: ["xfrm4_tunnel"],
  INET6_XFRM_TUNNEL: ["xfrm6_tunnel"],
  INET_TUNNEL: ["tunnel4"],
  INET6_TUNNEL: ["tunnel6"],
  CRYPTO_USER_API_HASH: ["algif_hash"],
  CRYPTO_SHA1: ["sha1_generic"],
  CRYPTO_SHA256: ["sha256_generic"],
  CRYPTO_AES: ["aes_generic"],
  CRYPTO_HMAC: ["hmac"],
  CRYPTO_CBC: ["cbc"],
  CRYPTO_GCM: ["gcm"],
  CRYPTO_SEQIV: ["seqiv"],
  CRYPTO_AEAD: ["aead"],
  CRYPTO_AEAD2: ["aead"],
  VFIO_PCI: ["vfio_pci"],
  INET_XFRM_MODE_TUNNEL: ["xfrm4_mode_tunnel"],
};

/**
 * Options that an upstream list still names though newer kernels have no such symbol: from `from` on, `into` stands for it.
 * From where exactly is not certain for each, so `from` is the earliest; an option that is there counts in any case.
 */
const folded: Readonly<Record<string, { readonly from: string; readonly into: string }>> = {
  NF_CONNTRACK_IPV4: { from: "4.19", into: "NF_CONNTRACK" },
  INET_XFRM_MODE_TUNNEL: { from: "5.2", into: "XFRM" },
  NF_TABLES_SET: { from: "5.6", into: "NF_TABLES" },
  NFT_COUNTER: { from: "5.17", into: "NF_TABLES" },
  NFT_OBJREF: { from: "6.2", into: "NF_TABLES" },
};

/** What a running kernel shows when it has the option: seeing it settles the question, not seeing it does not. */
const traces: Readonly<Record<string, readonly string[]>> = {
  NAMESPACES: ["/proc/self/ns/net"],
  NET_NS: ["/proc/self/ns/net"],
  PID_NS: ["/proc/self/ns/pid"],
  IPC_NS: ["/proc/self/ns/ipc"],
  UTS_NS: ["/proc/self/ns/uts"],
  USER_NS: ["/proc/self/ns/user"],
  PROC_FS: ["/proc/self"],
  INET: ["/proc/sys/net/ipv4/ip_forward"],
  CGROUPS: ["/proc/cgroups"],
  CPUSETS: ["cgroup cpuset"],
  MEMCG: ["cgroup memory"],
  CGROUP_PIDS: ["cgroup pids"],
  CGROUP_SCHED: ["cgroup cpu"],
  CGROUP_CPUACCT: ["cgroup cpuacct"],
  CGROUP_DEVICE: ["cgroup devices"],
  CGROUP_FREEZER: ["cgroup freezer"],
  CGROUP_HUGETLB: ["cgroup hugetlb"],
  CFS_BANDWIDTH: ["/proc/sys/kernel/sched_cfs_bandwidth_slice_us"],
  FAIR_GROUP_SCHED: ["/proc/sys/kernel/sched_cfs_bandwidth_slice_us"],
  SECCOMP_FILTER: ["/proc/sys/kernel/seccomp/actions_avail"],
  SECCOMP: ["/proc/sys/kernel/seccomp/actions_avail"],
  POSIX_MQUEUE: ["/proc/sys/fs/mqueue"],
  PERF_EVENTS: ["/proc/sys/kernel/perf_event_paranoid"],
  SCHEDSTATS: ["/proc/sys/kernel/sched_schedstats"],
  BPF_JIT: ["/proc/sys/net/core/bpf_jit_enable"],
  BPF_SYSCALL: ["/proc/sys/kernel/unprivileged_bpf_disabled"],
  EXT4_FS: ["/sys/fs/ext4"],
  DEBUG_INFO_BTF: ["/sys/kernel/btf/vmlinux"],
  BRIDGE_NETFILTER: ["/proc/sys/net/bridge/bridge-nf-call-iptables"],
  NF_CONNTRACK: ["/proc/sys/net/netfilter/nf_conntrack_max"],
  KPROBES: ["/sys/kernel/debug/kprobes", "/proc/sys/debug/kprobes-optimization"],
};

/** Other names of the same thing. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  OVERLAY_FS: ["OVERLAYFS_FS"],
  NETFILTER_XT_TARGET_REDIRECT: ["IP_NF_TARGET_REDIRECT"],
  NETFILTER_XT_TARGET_MASQUERADE: ["IP_NF_TARGET_MASQUERADE"],
  NETFILTER_XT_TARGET_MARK: ["NETFILTER_XT_MARK"],
  NETFILTER_XT_MATCH_MARK: ["NETFILTER_XT_MARK"],
};

/** Modules an option makes when it is "m"; none for a yes-or-no option. */
export function modulesOf(option: string): readonly string[] {
  if (bools.has(option)) return [];
  const known = named[option];
  if (known !== undefined) return known;
  const match = /^NETFILTER_XT_MATCH_(.+)$/.exec(option);
  if (match?.[1] !== undefined) return [`xt_${match[1].toLowerCase()}`];
  const target = /^NETFILTER_XT_TARGET_(.+)$/.exec(option);
  if (target?.[1] !== undefined) return [`xt_${target[1]}`];
  return [option.toLowerCase()];
}

/** Names that other kernel versions give the same module. */
const formerNames: Readonly<Record<string, readonly string[]>> = {
  nft_chain_nat: ["nft_chain_nat_ipv4"],
  xt_MASQUERADE: ["ipt_MASQUERADE"],
  sha1_generic: ["sha1", "libsha1"],
  sha256_generic: ["sha256", "libsha256"],
  aes_generic: ["aes", "libaes"],
};

export const namesOf = (module: string): readonly string[] => [module, ...(formerNames[module] ?? [])];
export const tracesOf = (option: string): readonly string[] => traces[option] ?? [];
export const aliasesOf = (option: string): readonly string[] => aliases[option] ?? [];
export const foldedInto = (option: string): { readonly from: string; readonly into: string } | null => folded[option] ?? null;
