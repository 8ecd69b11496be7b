import type { Diagnostic } from "../src/model/diagnostic.ts";
import { usedObjects } from "../src/role/objects/hardened.ts";
import { leastPrivilege } from "../src/role/objects/leastPrivilege.ts";
import { beyond, type Privileges, privilegesOf } from "../src/role/objects/privileges.ts";
import type { Target } from "../src/role/step.ts";
import { manifests } from "./networks.ts";

interface AllowedPrivileges extends Privileges {
  readonly why: string;
}

const none = { host: [], paths: [], privileged: [], capabilities: [] };
const felixPaths = [
  "/etc/cni/net.d",
  "/lib/modules",
  "/opt/cni/bin",
  "/proc",
  "/run/xtables.lock",
  "/sys/fs/",
  "/sys/fs/bpf",
  "/var/lib/calico",
  "/var/log/calico/cni",
  "/var/run/calico",
  "/var/run/nodeagent",
];
const felix =
  "Felix writes routes, rules, sysctls and BPF programs of the machine; its release runs it privileged, and does not say what less would do";

/** All that pods this tool deploys may have beyond profile "restricted", and why. What asks for more is told in the plan. */
export const allowedPrivileges: readonly AllowedPrivileges[] = [
  {
    ...none,
    workload: "DaemonSet kube-flannel-ds",
    host: ["network"],
    paths: ["/etc/cni/net.d", "/opt/cni/bin", "/run/flannel", "/run/xtables.lock"],
    capabilities: ["NET_ADMIN", "NET_RAW"],
    why: "links, routes and rules of the machine's own network; the plug-in, its configuration and its lease are files of the machine. Nothing is privileged, the copying containers have no capability",
  },
  {
    ...none,
    workload: "DaemonSet calico-node",
    host: ["network"],
    paths: [...felixPaths, "/var/lib/cni/networks"],
    privileged: ["calico-node", "install-cni", "mount-bpffs", "upgrade-ipam"],
    why: felix,
  },
  {
    ...none,
    workload: "DaemonSet canal",
    host: ["network"],
    paths: [...felixPaths, "/run/flannel"],
    privileged: ["calico-node", "install-cni", "mount-bpffs"],
    capabilities: ["(default)", "NET_ADMIN", "NET_RAW"],
    why: `${felix}; flannel as its own release has it`,
  },
  { ...none, workload: "Deployment calico-kube-controllers", why: "nothing: it talks to the API alone" },
  {
    ...none,
    workload: "Deployment calico-typha",
    host: ["network"],
    why: "agents reach it before pods have a network",
  },
  {
    ...none,
    workload: "DaemonSet cilium",
    host: ["network"],
    paths: [
      "/etc/cni/net.d",
      "/lib/modules",
      "/opt/cni/bin",
      "/proc",
      "/proc/sys/kernel",
      "/proc/sys/net",
      "/run/cilium/cgroupv2",
      "/run/xtables.lock",
      "/sys/fs/bpf",
      "/var/run/cilium",
      "/var/run/cilium/envoy/sockets",
      "/var/run/netns",
    ],
    privileged: ["mount-bpf-fs"],
    capabilities:
      "(default) CHOWN DAC_OVERRIDE FOWNER IPC_LOCK KILL NET_ADMIN NET_RAW SETGID SETUID SYSLOG SYS_ADMIN SYS_CHROOT SYS_MODULE SYS_PTRACE SYS_RESOURCE".split(
        " ",
      ),
    why: "loads BPF programs and enters the namespaces of pods; the list is its chart's own, which has it in place of a privileged agent",
  },
  {
    ...none,
    workload: "Deployment cilium-operator",
    host: ["network"],
    why: "it runs before pods have a network",
  },
  { ...none, workload: "Deployment hubble-relay", why: "nothing: it talks to the agents alone" },
  {
    ...none,
    workload: "DaemonSet kube-multus-ds",
    host: ["network", "pid"],
    paths: [
      "/",
      "/etc/cni/multus/net.d",
      "/etc/cni/net.d",
      "/opt/cni/bin",
      "/run",
      "/run/k8s.cni.cncf.io",
      "/run/netns/",
      "/var/lib/cni/multus",
      "/var/lib/kubelet",
    ],
    privileged: ["install-multus-binary", "kube-multus"],
    why: "the thick daemon runs other plug-ins in the machine's own root, in the namespaces of pods; the thin one has the first of these only, and two of the folders",
  },
  {
    ...none,
    workload: "DaemonSet retina-agent",
    host: ["network"],
    paths: ["/etc/os-release", "/sys/fs/bpf", "/sys/fs/cgroup", "/sys/kernel/debug", "/sys/kernel/tracing", "/var/run/cilium"],
    privileged: ["init-retina", "retina-agent-init"],
    capabilities: ["(default)", "IPC_LOCK", "NET_ADMIN", "SYS_ADMIN", "SYS_RESOURCE"],
    why: "loads BPF programs, traces the kernel and reads sockets of the whole machine; its first container mounts bpffs. The variant hubble has the last of these folders, for Hubble's socket",
  },
  { ...none, workload: "Deployment retina-operator", why: "nothing: it talks to the API alone" },
];

/** Workloads of this cluster's networks that ask for more than is known of them: a release, or values of the inventory, changed it. */
export function unknownPrivileges(target: Target): readonly Diagnostic[] {
  const used = manifests.filter(({ inUse }) => inUse(target.cluster));
  return used.flatMap((manifest) =>
    privilegesOf(usedObjects(target, manifest.objects(target)).map(leastPrivilege)).flatMap((has): readonly Diagnostic[] => {
      const more = beyond(
        has,
        allowedPrivileges.find(({ workload }) => workload === has.workload),
      );
      if (more.length === 0) return [];
      return [
        {
          severity: "warning",
          code: "pods/more-privileges",
          message: `${has.workload} of ${manifest.title} asks for more than is known of it`,
          place: { file: target.cluster.source },
          seen: more.join(", "),
          hint: "look whether you want that: docs/security.md has what is known, and why",
        },
      ];
    }),
  );
}

/** One line of the table in docs/security.md. */
export const privilegesRow = ({ workload, host, paths, privileged, capabilities, why }: AllowedPrivileges): string =>
  `| ${[
    workload,
    host.join(", ") || "-",
    privileged.join(", ") || "-",
    capabilities.join(", ") || "-",
    paths.map((path) => `\`${path}\``).join(" ") || "-",
    why,
  ].join(" | ")} |`;
