import { type Feature, linkRow, option, optionRows, type Requirement, readsKernelMemory } from "./requirement.ts";

const page = "https://docs.cilium.io/en/stable/operations/system_requirements/";
const old = "https://github.com/cilium/cilium/blob/fee7215c/Documentation/operations/system_requirements.rst";

const minimum = (kernel: string, redhat: string, source: string, atLeast: string, below?: string): Requirement => ({
  what: `kernel ${kernel}`,
  need: { kernel, redhat },
  severity: "error",
  source,
  when: { component: "cilium", atLeast, ...(below === undefined ? {} : { below }) },
});

const base: readonly Requirement[] = [
  minimum("4.19.57", "4.18.0-80", old, "1.13.0", "1.16.0"),
  minimum("5.4", "4.18.0-372", "https://github.com/cilium/cilium/pull/30869", "1.16.0", "1.18.0"),
  minimum("5.10", "4.18.0-372", "https://github.com/cilium/cilium/pull/38308", "1.18.0", "1.19.0"),
  minimum(
    "5.10",
    "4.18.0-553",
    "https://github.com/cilium/cilium/blob/00c88111/Documentation/operations/system_requirements.rst",
    "1.19.0",
  ),
  {
    what: "not 6.18 or newer",
    need: { kernelBelow: "6.18" },
    severity: "error",
    source: "https://github.com/cilium/cilium/issues/44967",
    because: "this version takes the kernel for one older than 5.1 and refuses it; 1.18.5 runs there",
    hint: "another patch of Cilium 1.18",
    when: { component: "cilium", atLeast: "1.18.8", below: "1.18.9" },
  },
  { what: "machine", need: { machine: ["x86_64", "aarch64"] }, severity: "error", source: page },
  ...optionRows({ severity: "error", source: page }, "BPF", "BPF_SYSCALL", "BPF_JIT", "NET_CLS_ACT", "CGROUPS"),
  {
    what: "sched_cls",
    need: { tried: { program: "sched_cls" }, otherwise: option("NET_CLS_BPF") },
    severity: "error",
    source: page,
    because: "programs on interfaces",
  },
  {
    what: "cgroup_sock_addr",
    need: { tried: { program: "cgroup_sock_addr" }, otherwise: option("CGROUP_BPF") },
    severity: "error",
    source: page,
    because: "programs on cgroups",
  },
  {
    what: "lru_hash",
    need: { tried: { map: "lru_hash" }, otherwise: { all: [option("BPF_SYSCALL"), { kernel: "4.10" }] } },
    severity: "error",
    source: page,
    because: "the table of connections",
  },
  ...optionRows({ severity: "error", source: page }, "NET_SCH_INGRESS", "PERF_EVENTS"),
  ...optionRows(
    { severity: "warning", source: page, because: "listed by Cilium; versions from 1.18 on were seen to run without" },
    "CRYPTO_SHA1",
    "CRYPTO_USER_API_HASH",
    "SCHEDSTATS",
  ),
  linkRow("veth", "VETH", { source: page }),
  ...optionRows({ severity: "error", source: page, because: "routing by rules" }, "FIB_RULES"),
  {
    what: "bpffs",
    need: { bpffs: true },
    severity: "warning",
    source: page,
    because: "the agent mounts it by itself; maps outlive the agent's restart in a mount by the host only",
    hint: "mount it at boot: systemd's sys-fs-bpf.mount, or `mount -t bpf bpf /sys/fs/bpf`",
  },
  {
    what: "cgroup2",
    need: { any: [{ mount: "/sys/fs/cgroup", type: "cgroup2" }, { filesystem: "cgroup2" }] },
    severity: "error",
    source: page,
    because: "load balancing at connect time; the agent mounts it at /run/cilium/cgroupv2",
  },
  {
    what: "BTF",
    need: { btf: true },
    severity: "warning",
    source: page,
    because: "tracing tools and newer data paths adapt to the kernel by it",
  },
  readsKernelMemory,
];

export const ciliumFeature: Feature = {
  name: "cilium",
  title: "Cilium",
  summary: "Cilium's agent, before any option; beside one of cilium-vxlan, cilium-geneve or native routing.",
  requirements: base,
};

export const ciliumTunnels: readonly Feature[] = [
  {
    name: "cilium-vxlan",
    title: "Cilium VXLAN",
    summary: "Cilium with VXLAN between nodes.",
    instead: "set network.cni.routing: geneve or native in the inventory",
    requirements: [linkRow("vxlan", "VXLAN", { source: page })],
  },
  {
    name: "cilium-geneve",
    title: "Cilium Geneve",
    summary: "Cilium with Geneve between nodes.",
    instead: "set network.cni.routing: vxlan in the inventory",
    requirements: [linkRow("geneve", "GENEVE", { source: page })],
  },
];
