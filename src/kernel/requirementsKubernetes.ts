import { allOptions, type Feature, type Need, option, optionRows, type Requirement } from "./requirement.ts";

const validators = "https://github.com/kubernetes/system-validators/blob/v1.12.1/validators/types_unix.go";
const versionPage = "https://kubernetes.io/docs/reference/node/kernel-version-requirements/";
const kep5573 = "https://github.com/kubernetes/enhancements/issues/5573";

const base: readonly Requirement[] = [
  {
    what: "kernel 5.4",
    need: { kernel: "5.4", byNumber: true },
    severity: "warning",
    source: validators,
    because: "kubeadm's system verification accepts 5.4, 5.10, 5.15 and 6.x or newer",
    hint: "older kernels are not tested with Kubernetes",
  },
  ...optionRows(
    { severity: "error", source: validators },
    "NAMESPACES",
    "NET_NS",
    "PID_NS",
    "IPC_NS",
    "UTS_NS",
    "CPUSETS",
    "MEMCG",
    "INET",
    "PROC_FS",
    "CGROUPS",
    "CGROUP_PIDS",
    "CGROUP_SCHED",
    "FAIR_GROUP_SCHED",
    "NETFILTER_XT_TARGET_REDIRECT",
    "NETFILTER_XT_MATCH_COMMENT",
  ),
  ...optionRows(
    {
      severity: "error",
      source: validators,
      because: "kubeadm's system verification asks for it whatever file system the node has",
      hint: "or waive it: kubernetes.ignorePreflightErrors: [SystemVerification]",
    },
    "EXT4_FS",
  ),
  ...optionRows({ severity: "warning", source: validators, because: "CPU limits of pods" }, "CFS_BANDWIDTH"),
  ...optionRows({ severity: "warning", source: validators, because: "seccomp profiles of pods" }, "SECCOMP", "SECCOMP_FILTER"),
  ...optionRows({ severity: "warning", source: validators, because: "huge pages of pods" }, "CGROUP_HUGETLB"),
];

const forwarding: readonly Requirement[] = [
  {
    what: "net.ipv4.ip_forward",
    need: { sysctl: "net.ipv4.ip_forward" },
    severity: "error",
    source: "https://kubernetes.io/docs/setup/production-environment/container-runtimes/",
    because: "pods are reached through the node's routing",
  },
  {
    what: "net.ipv6.conf.all.forwarding",
    need: { sysctl: "net.ipv6.conf.all.forwarding" },
    severity: "error",
    source: "https://kubernetes.io/docs/setup/production-environment/container-runtimes/",
    family: "ip6",
  },
];

/** Which hierarchy is mounted, with which controllers, is the check host/cgroup's to say; here is what the kernel must be able to do. */
const v2: Need = { all: [{ filesystem: "cgroup2" }, option("CGROUP_BPF")] };
const v1: Need = { all: [{ filesystem: "cgroup" }, allOptions("CGROUP_CPUACCT", "CGROUP_DEVICE", "CGROUP_FREEZER")] };

export const kubernetesFeatures: readonly Feature[] = [
  {
    name: "kubelet",
    title: "kubelet",
    summary: "The kubelet and what kubeadm verifies of a node.",
    requirements: [...base, ...forwarding],
  },
  {
    name: "cgroup-v2",
    title: "cgroup v2",
    summary: "cgroup version 2, which the kubelet asks for from 1.35 on.",
    instead: "set kubelet.failCgroupV1: false in the inventory",
    requirements: [
      {
        what: "cgroup2",
        need: v2,
        severity: "error",
        source: validators,
        because: "device rules of containers are BPF programs",
      },
      {
        what: "kernel 5.2",
        need: { kernel: "5.2" },
        severity: "error",
        source: versionPage,
        because: "the freezer of cgroup v2",
      },
      {
        what: "kernel 5.8",
        need: { kernel: "5.8" },
        severity: "warning",
        source: versionPage,
        because: "cpu.stat of the root cgroup",
      },
    ],
  },
  {
    name: "cgroup",
    title: "cgroup",
    summary: "cgroup version 2, or version 1 where the kubelet still takes it (KEP-5573).",
    requirements: [{ what: "cgroup", need: { any: [v2, v1] }, severity: "error", source: kep5573 }],
  },
  {
    name: "containerd",
    title: "containerd",
    summary: "containerd with the overlayfs snapshotter, and runc.",
    requirements: [
      {
        what: "overlay",
        need: { any: [{ filesystem: "overlay" }, option("OVERLAY_FS")] },
        severity: "error",
        source: "https://github.com/containerd/containerd/blob/main/docs/snapshotters/README.md",
      },
      ...optionRows(
        { severity: "error", source: "https://github.com/opencontainers/runc/blob/main/script/check-config.sh" },
        "VETH",
        "POSIX_MQUEUE",
      ),
      ...optionRows(
        {
          severity: "warning",
          source: "https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/",
          because: "pods with hostUsers: false",
        },
        "USER_NS",
      ),
    ],
  },
];
