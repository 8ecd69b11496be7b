import { sh } from "../host/sh.ts";
import type { Fact } from "./fact.ts";

export interface HostFacts {
  /** /etc/os-release: "debian", "ubuntu", … */
  readonly os: string;
  readonly osVersion: string;
  /** "x86_64". */
  readonly machine: string;
  readonly kernel: string;
  readonly systemd: boolean;
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryMb: number;
  /** Free MB where images and pods go (/var/lib). */
  readonly freeMb: number;
  readonly swapDevices: readonly string[];
  /** Programs out of those kubeadm, kubelet and kube-proxy call that are not on the PATH. */
  readonly missingTools: readonly string[];
  /** Name of the cluster that claimed this machine; "" when none did. */
  readonly claimedBy: string;
  /** Traces of a cluster or a container runtime that stand on the machine. */
  readonly traces: readonly string[];
  /** The machine's clock, seconds since 1970. */
  readonly clock: number;
}

/** Called by kubeadm's preflight, the kubelet, kube-proxy's image being separate: kubernetes `cmd/kubeadm/app/preflight/checks.go`. */
const tools = ["conntrack", "ip", "mount", "nsenter", "tar", "sha256sum", "flock", "ps", "umount", "base64"];

const tracesOfOthers = [
  "/etc/kubernetes/manifests/kube-apiserver.yaml",
  "/etc/kubernetes/kubelet.conf",
  "/etc/rancher/rke2",
  "/etc/rancher/k3s",
  "/var/lib/k0s",
  "/etc/containerd/config.toml",
  "/etc/systemd/system/kubelet.service",
  "/usr/bin/kubelet",
  "/usr/bin/containerd",
];

export const claimPath = "/var/lib/provision/claim";

export const hostFacts: Fact<HostFacts> = {
  key: "host",
  script: sh`. /etc/os-release 2>/dev/null; printf 'os=%s\\nosVersion=%s\\n' "$ID" "$VERSION_ID"
printf 'machine=%s\\nkernel=%s\\n' "$(uname -m)" "$(uname -r)"
[ -d /run/systemd/system ] && echo systemd=yes
printf 'hostname=%s\\n' "$(cat /proc/sys/kernel/hostname)"
printf 'cpus=%s\\n' "$(grep -c ^processor /proc/cpuinfo)"
awk '/^MemTotal:/ {printf "memoryMb=%d\\n", $2/1024}' /proc/meminfo
df -Pm /var/lib | awk 'NR==2 {print "freeMb=" $4}'
awk 'NR>1 {print "swap=" $1}' /proc/swaps
for t in ${tools}; do command -v "$t" >/dev/null 2>&1 || echo "missing=$t"; done
[ -r ${claimPath} ] && printf 'claimedBy=%s\\n' "$(head -n 1 ${claimPath})"
for p in ${tracesOfOthers}; do [ -e "$p" ] && echo "trace=$p"; done
date +clock=%s`,
  parse: ({ stdout }) => {
    const values = (name: string): string[] =>
      stdout.split("\n").flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
    const one = (name: string): string => values(name)[0] ?? "";
    return {
      os: one("os"),
      osVersion: one("osVersion"),
      machine: one("machine"),
      kernel: one("kernel"),
      systemd: one("systemd") === "yes",
      hostname: one("hostname"),
      cpus: Number(one("cpus")),
      memoryMb: Number(one("memoryMb")),
      freeMb: Number(one("freeMb")),
      swapDevices: values("swap"),
      missingTools: values("missing"),
      claimedBy: one("claimedBy"),
      traces: values("trace"),
      clock: Number(one("clock")),
    };
  },
};
