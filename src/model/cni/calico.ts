export interface CalicoSpec {
  readonly name: "calico";
  readonly version: string;
  /** How packets between nodes are wrapped; "vxlan-cross-subnet": only where the nodes are on different networks. */
  readonly encapsulation: "vxlan" | "vxlan-cross-subnet" | "ipip" | "none";
  /** The network's number and the UDP port of wrapped packets; only VXLAN uses them. */
  readonly vxlan: { readonly vni: number; readonly port: number };
  /** null: no BIRD runs; only VXLAN does without it. */
  readonly bgp: CalicoBgp | null;
  /** What Felix writes its rules as; it must be what kube-proxy writes. */
  readonly dataplane: "iptables" | "nftables";
  /** Which kernel interface the iptables data plane uses. */
  readonly iptablesBackend: "auto" | "legacy" | "nft";
  /** Of pods; 0: the interface's, less the encapsulation. */
  readonly mtu: number;
  readonly ipam: {
    /** Prefix length of a node's blocks: 26 is 64 addresses. */
    readonly blockSize: number;
    /** No node takes addresses from another's block. */
    readonly strictAffinity: boolean;
    /** 0: as many as it needs. */
    readonly maxBlocksPerHost: number;
    readonly natOutgoing: boolean;
  };
  /** 0: Felix asks the API servers itself. */
  readonly typhaReplicas: number;
  readonly felix: FelixTuning;
  /** The user knows that the change to a version cannot be undone. */
  readonly acceptNoWayBack: boolean;
}

export interface CalicoBgp {
  readonly asNumber: number;
  /** Every node peers with every other. */
  readonly nodeMesh: boolean;
  readonly peers: readonly {
    readonly address: string;
    readonly asNumber: number;
    /** Names of nodes that peer with it; null: all. */
    readonly nodes: readonly string[] | null;
  }[];
}

/** undefined: Felix's own default. Durations in seconds. Names are those of its documentation. */
export interface FelixTuning {
  readonly logSeverity: "debug" | "info" | "warning" | "error" | "fatal";
  /** Where its metrics are served. */
  readonly metrics: "off" | "loopback" | "all";
  readonly metricsPort: number;
  readonly iptablesRefreshInterval?: number | undefined;
  readonly routeRefreshInterval?: number | undefined;
  readonly interfaceRefreshInterval?: number | undefined;
  readonly ipsetsRefreshInterval?: number | undefined;
  readonly iptablesPostWriteCheckInterval?: number | undefined;
  readonly iptablesLockProbeIntervalMillis?: number | undefined;
  readonly maxIpsetSize?: number | undefined;
  readonly netlinkTimeout?: number | undefined;
  readonly dataplaneWatchdogTimeout?: number | undefined;
  readonly reportingInterval?: number | undefined;
  readonly goMaxProcs?: number | undefined;
  readonly goGcThreshold?: number | undefined;
  readonly iptablesMarkMask?: string | undefined;
}
