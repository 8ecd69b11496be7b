import type { CniSpec } from "../model/cluster.ts";

/** Parts that are a cluster's network, of which there is one; others (Multus) stand beside it. */
export const soleNetworks: readonly Exclude<CniSpec["name"], "none">[] = ["flannel", "canal", "calico", "cilium"];

/** A change of network that a live cluster can make node by node: pods of both kinds of nodes reach each other meanwhile. */
export interface Road {
  /** Names as network.cni.name has them. */
  readonly from: string;
  readonly to: string;
  /** What the old one made and the new one goes on with: it is not taken away. */
  readonly keeps: { readonly interfaces: readonly string[]; readonly paths: readonly string[] };
  /** The old one's leases of addresses, and where the new one looks for them; null: addresses are given out anew. */
  readonly leases: { readonly from: string; readonly to: string } | null;
  /** How nodes that have changed and nodes that have not reach each other. */
  readonly because: string;
  readonly source: string;
}

export const roads: readonly Road[] = [
  {
    from: "flannel",
    to: "canal",
    keeps: { interfaces: ["flannel.1", "flannel-v6.1"], paths: ["/run/flannel"] },
    leases: { from: "/var/lib/cni/networks/cbr0", to: "/var/lib/cni/networks/k8s-pod-network" },
    because: "flannel carries the packets of both, with the same subnets and the same device",
    source: "https://docs.tigera.io/calico/latest/getting-started/kubernetes/flannel/install-for-flannel",
  },
];

export const roadBetween = (from: string, to: string): Road | null =>
  roads.find((road) => road.from === from && road.to === to) ?? null;
