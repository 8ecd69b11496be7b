/**
 * Distributions by their ID in /etc/os-release and the first release whose kernel and systemd serve all this tool installs
 * (kernel 5.13 for kube-proxy's nftables mode: kubernetes `pkg/util/kernel/constants.go`; RHEL 9 and SLE 15 SP4 carry 5.14).
 */
const known: Readonly<Record<string, number>> = {
  debian: 12,
  ubuntu: 22.04,
  rhel: 9,
  rocky: 9,
  almalinux: 9,
  centos: 9,
  ol: 9,
  fedora: 40,
  "opensuse-leap": 15.4,
  sles: 15.4,
};

/** null when the distribution is known to serve; otherwise what is known to, for a message. */
export function unknownDistribution(id: string, version: string): string | null {
  const first = Object.hasOwn(known, id) ? known[id] : undefined;
  if (first !== undefined && Number.parseFloat(version) >= first) return null;
  return Object.entries(known)
    .map(([name, from]) => `${name} ${from}`)
    .join(", ");
}

const families: readonly { readonly ids: readonly string[]; readonly install: string; readonly tools: string }[] = [
  {
    ids: ["debian", "ubuntu"],
    install: "apt-get install",
    tools: "conntrack iproute2 mount util-linux procps tar coreutils",
  },
  {
    ids: ["rhel", "rocky", "almalinux", "centos", "ol", "fedora"],
    install: "dnf install",
    tools: "conntrack-tools iproute util-linux procps-ng tar coreutils",
  },
  {
    ids: ["opensuse-leap", "sles"],
    install: "zypper install",
    tools: "conntrack-tools iproute2 util-linux procps tar coreutils",
  },
];

/** The command that installs what kubeadm, kubelet and kube-proxy call. */
export function installTools(id: string): string {
  const family = families.find(({ ids }) => ids.includes(id));
  if (family !== undefined) return `install them: ${family.install} ${family.tools}`;
  return "install them, on Debian or Ubuntu: apt-get install conntrack iproute2 mount util-linux procps tar coreutils";
}
