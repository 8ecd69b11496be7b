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
  const first = known[id];
  if (first !== undefined && Number.parseFloat(version) >= first) return null;
  return Object.entries(known)
    .map(([name, from]) => `${name} ${from}`)
    .join(", ");
}

/** First kernel for kube-proxy's nftables mode; below it kube-proxy ends at once. */
const nftablesKernel = [5, 13] as const;

/** "6.1.0-28-amd64" is new enough for nftables mode. */
export function kernelServesNftables(release: string): boolean {
  const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  return Number(major) > nftablesKernel[0] || (Number(major) === nftablesKernel[0] && Number(minor) >= nftablesKernel[1]);
}
