import { type Feature, linkRow, optionRows, type Requirement } from "./requirement.ts";

const page = "https://docs.cilium.io/en/stable/operations/system_requirements/";
const drivers = "https://github.com/torvalds/linux/blob/master/drivers/net/Kconfig";
const bandwidth = "https://docs.cilium.io/en/stable/network/kubernetes/bandwidth-manager/";
const kernel = (minimum: string, source: string, because?: string): Requirement => ({
  what: `kernel ${minimum}`,
  need: { kernel: minimum },
  severity: "error",
  source,
  ...(because === undefined ? {} : { because }),
});
const base = (because: string): Requirement => ({
  what: "kernel 5.10",
  need: { kernel: "5.10", redhat: "4.18.0-372" },
  severity: "error",
  source: page,
  because,
});

export const ciliumOptions: readonly Feature[] = [
  {
    name: "cilium-kube-proxy-replacement",
    title: "Cilium kube-proxy",
    summary: "Cilium in kube-proxy's place (kubeProxyReplacement).",
    instead: "set network.kubeProxy.mode: nftables in the inventory",
    requirements: [
      base("load balancing in sockets and on interfaces"),
      ...optionRows({ severity: "error", source: page, because: "load balancing at connect time" }, "CGROUP_BPF"),
      {
        what: "cgroup2",
        need: { any: [{ mount: "/sys/fs/cgroup", type: "cgroup2" }, { filesystem: "cgroup2" }] },
        severity: "error",
        source: page,
      },
    ],
  },
  {
    name: "cilium-iptables-masquerade",
    title: "Cilium masquerade",
    summary: "Masquerading through iptables, the default while bpf.masquerade is off.",
    instead: "set bpf.masquerade: true in network.cni.values",
    requirements: optionRows(
      { severity: "error", source: page },
      "NETFILTER_XT_SET",
      "IP_SET",
      "IP_SET_HASH_IP",
      "NETFILTER_XT_MATCH_COMMENT",
    ),
  },
  {
    name: "cilium-host-routing",
    title: "Cilium host routing",
    summary: "BPF host routing: packets pass by the host's network stack.",
    instead: "set bpf.hostLegacyRouting: true in network.cni.values",
    requirements: [base("redirection between network namespaces")],
  },
  {
    name: "cilium-netkit",
    title: "Cilium netkit",
    summary: "netkit devices for pods (bpf.datapathMode: netkit).",
    instead: "set bpf.datapathMode: veth in network.cni.values",
    requirements: [linkRow("netkit", "NETKIT", { source: drivers, because: "in kernels from 6.8 on" })],
  },
  {
    name: "cilium-tcx",
    title: "Cilium tcx",
    summary: "Programs attached through tcx (bpf.enableTCX).",
    instead: "set bpf.enableTCX: false in network.cni.values",
    requirements: [kernel("6.6", page), ...optionRows({ severity: "error", source: page }, "NET_CLS_ACT", "BPF_SYSCALL")],
  },
  {
    name: "cilium-wireguard",
    title: "Cilium WireGuard",
    summary: "Encryption between nodes with WireGuard.",
    instead: "set encryption.type: ipsec in network.cni.values",
    requirements: [
      linkRow("wireguard", "WIREGUARD", {
        source: page,
        because: "in the kernel from 5.6 on; Cilium's own fallback is gone since 1.17",
      }),
    ],
  },
  {
    name: "cilium-ipsec",
    title: "Cilium IPsec",
    summary: "Encryption between nodes with IPsec (AES-GCM-128).",
    instead: "set encryption.type: wireguard in network.cni.values",
    requirements: [
      ...optionRows(
        { severity: "error", source: page },
        "XFRM",
        "XFRM_ALGO",
        "XFRM_USER",
        "INET_ESP",
        "INET_XFRM_TUNNEL",
        "INET_TUNNEL",
        "INET_XFRM_MODE_TUNNEL",
        "CRYPTO_AEAD",
        "CRYPTO_AEAD2",
        "CRYPTO_GCM",
        "CRYPTO_SEQIV",
        "CRYPTO_CBC",
        "CRYPTO_HMAC",
        "CRYPTO_SHA256",
        "CRYPTO_AES",
      ),
      ...optionRows(
        { severity: "warning", source: page, because: "off-loading, counters and compression" },
        "XFRM_OFFLOAD",
        "XFRM_STATISTICS",
        "INET_IPCOMP",
      ),
      ...optionRows({ severity: "error", source: page, family: "ip6" }, "INET6_ESP", "INET6_XFRM_TUNNEL", "INET6_TUNNEL"),
      ...optionRows({ severity: "warning", source: page, family: "ip6" }, "INET6_IPCOMP"),
    ],
  },
  {
    name: "cilium-bandwidth-manager",
    title: "Cilium bandwidth",
    summary: "The bandwidth manager: limits of pods by departure time.",
    instead: "set bandwidthManager.enabled: false in network.cni.values",
    requirements: [
      { ...kernel("5.1", page), need: { kernel: "5.1", redhat: "4.18.0-372" } },
      ...optionRows({ severity: "error", source: page }, "NET_SCH_FQ"),
    ],
  },
  {
    name: "cilium-bbr",
    title: "Cilium BBR",
    summary: "BBR congestion control for pods; beside cilium-bandwidth-manager and cilium-host-routing.",
    instead: "set bandwidthManager.bbr: false in network.cni.values",
    requirements: [
      kernel("5.18", page, "timestamps survive the way between namespaces"),
      ...optionRows({ severity: "error", source: bandwidth }, "TCP_CONG_BBR", "NET_SCH_FQ"),
    ],
  },
  {
    name: "cilium-big-tcp-ipv6",
    title: "Cilium BIG TCP 6",
    summary: "BIG TCP for IPv6.",
    instead: "set enableIPv6BIGTCP: false in network.cni.values",
    requirements: [kernel("5.19", page)],
  },
  {
    name: "cilium-big-tcp-ipv4",
    title: "Cilium BIG TCP 4",
    summary: "BIG TCP for IPv4.",
    instead: "set enableIPv4BIGTCP: false in network.cni.values",
    requirements: [kernel("6.3", page)],
  },
];
