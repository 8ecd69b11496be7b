export interface FlannelSpec {
  readonly name: "flannel";
  readonly version: string;
  readonly backend: "vxlan" | "host-gw";
  /** flannel's EnableNFTables; follows kube-proxy's mode unless said. */
  readonly nftables: boolean;
}
