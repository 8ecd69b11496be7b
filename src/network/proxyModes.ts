import type { ClusterSpec, CniSpec } from "../model/cluster.ts";

export type ProxyMode = ClusterSpec["network"]["kubeProxy"]["mode"];

/** Something the network must be told for a mode of kube-proxy to work beside it. */
interface ModeSetting {
  /** Of network.cni: "dataplane". */
  readonly field: string;
  /** As the documentation shows it: "nftables". */
  readonly is: string;
  readonly met: (cni: CniSpec) => boolean;
  /** What is wrong when it is not met. */
  readonly unmet: string;
  readonly severity: "error" | "warning";
}

/** One network, in a range of its versions, with one mode of kube-proxy. */
export interface ModeRow {
  readonly cni: CniSpec["name"];
  readonly mode: ProxyMode;
  /** Of the network (of Canal: Calico's); absent: no end on that side. */
  readonly atLeast?: string;
  readonly below?: string;
  /** "preview" is warned of; "experimental" is what their projects call it, and only told in the documentation. */
  readonly state: "yes" | "experimental" | "preview" | "no";
  /** Why not, or what to know. */
  readonly because?: string;
  /** Of a "no": what to do. */
  readonly instead?: string;
  readonly settings?: readonly ModeSetting[];
  readonly source: string;
}

const facts = {
  flannel: "https://github.com/flannel-io/flannel/blob/master/Documentation/configuration.md",
  calico: "https://docs.tigera.io/calico/latest/getting-started/kubernetes/nftables",
  ebpf: "https://docs.tigera.io/calico/latest/operations/ebpf/enabling-ebpf",
  canal: "https://docs.rke2.io/networking/basic_network_options",
  cilium: "https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/",
  kubernetes: "https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-modes",
} as const;

const flannelWrites = (nftables: boolean): ModeSetting => ({
  field: "nftables",
  is: String(nftables),
  met: (cni) => cni.name !== "flannel" || cni.nftables === nftables,
  unmet: `flannel writes ${nftables ? "iptables" : "nftables"} rules while kube-proxy does not; both work side by side, but nobody tests the pair`,
  severity: "warning",
});

const felixWrites = (dataplane: "iptables" | "nftables"): ModeSetting => ({
  field: "dataplane",
  is: dataplane,
  met: (cni) => !("dataplane" in cni) || cni.dataplane === dataplane,
  unmet: `Calico's data plane must be ${dataplane}: it works only together with a kube-proxy that writes the same kind of rules`,
  severity: "error",
});

const ciliumReplaces = (replaces: boolean): ModeSetting => ({
  field: "kubeProxyReplacement",
  is: String(replaces),
  met: (cni) => cni.name !== "cilium" || cni.kubeProxyReplacement === replaces,
  unmet: replaces
    ? "without kube-proxy nobody programs Services, unless Cilium replaces it"
    : "Cilium replaces kube-proxy, which is to run beside it",
  severity: "error",
});

const own = "what you bring has to go with it";

/**
 * Which mode of kube-proxy goes with which network. What the modes ask of a kernel is `kernelOf`; which Kubernetes knows them, `modeLives`.
 * Rows of one pair do not overlap; a pair or version without a row is refused.
 */
export const proxyModes: readonly ModeRow[] = [
  { cni: "flannel", mode: "iptables", state: "yes", settings: [flannelWrites(false)], source: facts.flannel },
  {
    cni: "flannel",
    mode: "nftables",
    below: "0.25.0",
    state: "yes",
    because: "flannel writes iptables rules: it has no other",
    source: facts.flannel,
  },
  {
    cni: "flannel",
    mode: "nftables",
    atLeast: "0.25.0",
    state: "experimental",
    settings: [flannelWrites(true)],
    source: facts.flannel,
  },
  { cni: "flannel", mode: "ipvs", state: "yes", settings: [flannelWrites(false)], source: facts.flannel },
  {
    cni: "flannel",
    mode: "none",
    state: "no",
    because: "flannel does not program Services",
    instead: "use nftables",
    source: facts.flannel,
  },

  { cni: "calico", mode: "iptables", state: "yes", settings: [felixWrites("iptables")], source: facts.calico },
  {
    cni: "calico",
    mode: "nftables",
    below: "3.29.0",
    state: "no",
    because: "Calico has no nftables data plane before 3.29, and its iptables one does not go with kube-proxy's nftables mode",
    instead: "use iptables, or Calico 3.31 or newer",
    source: facts.calico,
  },
  {
    cni: "calico",
    mode: "nftables",
    atLeast: "3.29.0",
    below: "3.31.0",
    state: "preview",
    because: "Calico's nftables data plane is a technology preview before 3.31",
    settings: [felixWrites("nftables")],
    source: facts.calico,
  },
  {
    cni: "calico",
    mode: "nftables",
    atLeast: "3.31.0",
    state: "yes",
    settings: [felixWrites("nftables")],
    source: facts.calico,
  },
  { cni: "calico", mode: "ipvs", state: "yes", settings: [felixWrites("iptables")], source: facts.calico },
  {
    cni: "calico",
    mode: "none",
    state: "no",
    because: "only Calico's eBPF data plane programs Services, which this program does not set up",
    instead: "use iptables or nftables",
    source: facts.ebpf,
  },

  { cni: "canal", mode: "iptables", state: "yes", source: facts.canal },
  {
    cni: "canal",
    mode: "nftables",
    state: "preview",
    because: "Canal beside kube-proxy's nftables mode is experimental: Felix's iptables back-end must be nft",
    source: facts.canal,
  },
  { cni: "canal", mode: "ipvs", state: "yes", source: facts.canal },
  {
    cni: "canal",
    mode: "none",
    state: "no",
    because: "Canal does not program Services",
    instead: "use iptables",
    source: facts.canal,
  },

  { cni: "cilium", mode: "iptables", state: "yes", settings: [ciliumReplaces(false)], source: facts.cilium },
  { cni: "cilium", mode: "nftables", state: "yes", settings: [ciliumReplaces(false)], source: facts.cilium },
  { cni: "cilium", mode: "ipvs", state: "yes", settings: [ciliumReplaces(false)], source: facts.cilium },
  { cni: "cilium", mode: "none", state: "yes", settings: [ciliumReplaces(true)], source: facts.cilium },

  { cni: "none", mode: "iptables", state: "yes", because: own, source: facts.kubernetes },
  { cni: "none", mode: "nftables", state: "yes", because: own, source: facts.kubernetes },
  { cni: "none", mode: "ipvs", state: "yes", because: own, source: facts.kubernetes },
  {
    cni: "none",
    mode: "none",
    state: "preview",
    because: "nobody programs Services until you bring what does",
    source: facts.kubernetes,
  },
];

/** Features of src/kernel/requirements.ts. */
export const kernelOf = (mode: ProxyMode): readonly string[] => (mode === "none" ? [] : [`kube-proxy-${mode}`]);

/** What Kubernetes itself says of a mode, by minors. */
interface ModeLife {
  /** Knows it without a feature gate. */
  readonly first: string;
  /** An older kube-proxy neither runs it nor takes its rules away. */
  readonly known: string;
  readonly deprecated?: string;
  /** Planned. */
  readonly gone?: string;
  readonly source: string;
}

export const modeLives: Readonly<Record<Exclude<ProxyMode, "none">, ModeLife>> = {
  iptables: { first: "1.2", known: "1.2", source: facts.kubernetes },
  // Alpha in 1.29 behind NFTablesProxyMode, on from 1.31 (beta), GA in 1.33; planned default of 1.40 (KEP-5343).
  nftables: { first: "1.31", known: "1.29", source: "KEP-3866" },
  ipvs: { first: "1.11", known: "1.8", deprecated: "1.35", gone: "1.43", source: "KEP-5495" },
};
