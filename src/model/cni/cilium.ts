export interface CiliumSpec {
  readonly name: "cilium";
  readonly version: string;
  /** Cilium does kube-proxy's work; `network.kubeProxy.mode` is then "none". */
  readonly kubeProxyReplacement: boolean;
  /** A tunnel between nodes, or their own routes to each other's pods. */
  readonly routing: "vxlan" | "geneve" | "native";
  /** Who gives nodes their pods' addresses: Kubernetes (Node.spec.podCIDR), or Cilium's operator. */
  readonly ipam: "kubernetes" | "cluster-pool";
  readonly hubble: {
    readonly enabled: boolean;
    readonly relay: boolean;
    /** false: agents and the relay talk to each other in the clear. */
    readonly tls: boolean;
  };
  /** Minor the cluster was first installed with, whose defaults it keeps; null: its present version's. */
  readonly upgradeCompatibility: string | null;
  /** Values of the chart, merged over those this tool makes. */
  readonly values: Readonly<Record<string, unknown>>;
}
