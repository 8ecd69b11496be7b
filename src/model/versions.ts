import { compare, major, minor, valid } from "semver";

/** "1.36" of "1.36.4". */
export const minorOf = (version: string): string => `${major(version)}.${minor(version)}`;

/** Plain "1.36.4", no leading v, no suffix. */
export const isVersion = (text: string): boolean => /^\d+\.\d+\.\d+$/.test(text) && valid(text) !== null;

export const isAtLeast = (version: string, minimum: string): boolean => compare(version, minimum) >= 0;

/** "1.9" before "1.10". */
export const compareMinors = (a: string, b: string): number => compare(`${a}.0`, `${b}.0`);

/** A containerd series and its first version that serves a Kubernetes minor. */
interface ContainerdSeries {
  readonly series: string;
  readonly first: string;
}

interface KubernetesMinor {
  readonly minor: string;
  /** Newest series first. Source: containerd/containerd RELEASES.md; rows marked RKE2: rancher/rke2 Dockerfile per tag, which ships that pair. */
  readonly containerd: readonly ContainerdSeries[];
  /** What is installed when the inventory names no version. */
  readonly defaultContainerd: string;
}

/** The Kubernetes minors this tool knows how to install and upgrade between. */
export const kubernetesMinors: readonly KubernetesMinor[] = [
  {
    minor: "1.36",
    containerd: [
      { series: "2.3", first: "2.3.0" },
      { series: "2.2", first: "2.2.0" },
    ],
    defaultContainerd: "2.3.4",
  },
  {
    minor: "1.35",
    containerd: [
      { series: "2.2", first: "2.2.0" },
      { series: "2.1", first: "2.1.5" },
      { series: "1.7", first: "1.7.28" },
    ],
    defaultContainerd: "2.2.7",
  },
  {
    minor: "1.34",
    containerd: [
      { series: "2.2", first: "2.2.2" }, // RKE2 1.34.6 and newer
      { series: "2.1", first: "2.1.3" },
      { series: "2.0", first: "2.0.6" },
      { series: "1.7", first: "1.7.28" },
    ],
    defaultContainerd: "2.2.7",
  },
];

/** null: a minor this tool does not know. */
export const findKubernetesMinor = (version: string): KubernetesMinor | null =>
  kubernetesMinors.find((row) => row.minor === minorOf(version)) ?? null;

/** Written into new inventories. */
export const newestKubernetes = "1.36.4";

/** runc each containerd series is built and tested with: containerd script/setup/runc-version (2.3.4: 1.4.3; 2.2.2: 1.3.4, of which 1.3.6 is the newest patch). */
const runcBySeries: Readonly<Record<string, string>> = {
  "2.3": "1.4.3",
  "2.2": "1.3.6",
  "2.1": "1.3.6",
  "2.0": "1.3.6",
  "1.7": "1.3.6",
};

/** containerd and runc for a Kubernetes version; an unknown minor gets what the newest known one gets, and is refused by a rule. */
export function defaultRuntime(kubernetes: string, containerd?: string): { containerd: string; runc: string } {
  const chosen = containerd ?? (findKubernetesMinor(kubernetes) ?? kubernetesMinors[0])?.defaultContainerd ?? "2.3.4";
  return { containerd: chosen, runc: runcBySeries[minorOf(chosen)] ?? "1.4.3" };
}

/** Newest of the containernetworking/plugins releases. */
export const defaultCniPlugins = "1.9.1";
export const defaultFlannel = "0.28.9";
export const defaultCanal = { calico: "3.32.1", flannel: "0.28.8" } as const;

/** Calico -> the flannel versions it was shipped with. Source: rancher/rke2 charts/chart_versions.yaml, rancher/rke2-charts rke2-canal. */
export const canalPairs: Readonly<Record<string, readonly string[]>> = {
  "3.32.1": ["0.28.8"],
  "3.32.0": ["0.28.4", "0.28.5"],
  "3.31.5": ["0.28.4"],
  "3.31.4": ["0.28.2"],
  "3.31.3": ["0.28.0", "0.28.1"],
  "3.31.2": ["0.27.4"],
  "3.30.3": ["0.27.3", "0.27.4"],
  "3.30.2": ["0.27.1", "0.27.2"],
  "3.30.1": ["0.27.0"],
  "3.30.0": ["0.26.7"],
  "3.29.3": ["0.26.6"],
  "3.29.2": ["0.26.4", "0.26.5"],
  "3.29.1": ["0.26.1", "0.26.3"],
  "3.29.0": ["0.26.0"],
  "3.28.2": ["0.25.7"],
  "3.28.1": ["0.25.5", "0.25.6"],
  "3.28.0": ["0.25.4"],
  "3.27.3": ["0.25.1"],
};
export const defaultCalico = "3.32.1";
export const defaultMultus = "4.2.3";
export const defaultCilium = "1.19.5";
export const defaultRetina = "1.2.6";

export const flannelNftables = {
  /** EnableNFTables of net-conf.json exists from here on. Source: flannel-io/flannel Documentation/configuration.md. */
  first: "0.25.0",
  /** From here on flannel starts without br_netfilter when EnableNFTables is set. Source: flannel-io/flannel main.go. */
  withoutBridgeNetfilter: "0.28.0",
} as const;

/** TCP ports in use on a Kubernetes node. Source: kubernetes/website reference/networking/ports-and-protocols, and the components' defaults. */
export const reservedPorts: Readonly<Record<number, string>> = {
  2379: "etcd",
  2380: "etcd peers",
  2381: "etcd metrics",
  6443: "kube-apiserver",
  10248: "kubelet health",
  10249: "kube-proxy metrics",
  10250: "kubelet",
  10256: "kube-proxy health",
  10257: "kube-controller-manager",
  10259: "kube-scheduler",
};

/** kube-apiserver's --service-node-port-range default. */
export const nodePorts = { first: 30000, last: 32767 } as const;
