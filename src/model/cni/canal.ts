/** flannel carries packets, Calico's Felix keeps policies. */
export interface CanalSpec {
  readonly name: "canal";
  /** Of Calico. */
  readonly version: string;
  readonly flannel: string;
  readonly backend: "vxlan" | "host-gw";
  /** flannel's EnableNFTables; follows kube-proxy's mode unless said. */
  readonly nftables: boolean;
  /** Which iptables Felix calls; "nft" beside a kube-proxy in mode nftables unless said. */
  readonly felixBackend: "auto" | "nft" | "legacy";
  /** Of pods' interfaces. */
  readonly mtu: number;
}
