import type { ClusterSpec, CniSpec } from "../model/cluster.ts";
import { flannelVxlan } from "./flannel.ts";

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
  /** The old one's device, with which the new one goes on under another name; null: it keeps its name, or there is none. */
  readonly device: { readonly from: string; readonly to: string } | null;
  /** The new one notes in the cluster which node has which addresses, and must find there what the old one has given away. */
  readonly notes: boolean;
  /** The old one's annotations of nodes, when nobody reads them any more. */
  readonly annotations: readonly string[];
  /** What the inventory must say of the new one. */
  readonly asks: (cluster: ClusterSpec) => readonly Asked[];
  /** How nodes that have changed and nodes that have not reach each other. */
  readonly because: string;
  readonly source: string;
}

export interface Asked {
  /** Below network.cni: "vxlan.vni". */
  readonly field: string;
  readonly is: unknown;
  readonly must: unknown;
  readonly why: string;
}

/** Where the reference plug-in host-local notes flannel's leases. */
const cbr0 = "/var/lib/cni/networks/cbr0";

export const roads: readonly Road[] = [
  {
    from: "flannel",
    to: "canal",
    keeps: { interfaces: ["flannel.1", "flannel-v6.1"], paths: ["/run/flannel"] },
    leases: { from: cbr0, to: "/var/lib/cni/networks/k8s-pod-network" },
    device: null,
    notes: false,
    annotations: [],
    asks: () => [],
    because: "flannel carries the packets of both, with the same subnets and the same device",
    source: "https://docs.tigera.io/calico/latest/getting-started/kubernetes/flannel/install-for-flannel",
  },
  {
    from: "flannel",
    to: "calico",
    keeps: { interfaces: [], paths: [] },
    leases: null,
    device: { from: "flannel.1", to: "vxlan.calico" },
    notes: true,
    annotations: ["backend-data", "backend-type", "kube-subnet-manager", "public-ip"].map(
      (name) => `flannel.alpha.coreos.com/${name}`,
    ),
    asks: ({ network: { cni } }) =>
      cni.name !== "calico"
        ? []
        : [
            { field: "encapsulation", is: cni.encapsulation, must: "vxlan", why: "flannel wraps every packet in VXLAN" },
            { field: "vxlan.vni", is: cni.vxlan.vni, must: flannelVxlan.vni, why: "it is flannel's" },
            { field: "vxlan.port", is: cni.vxlan.port, must: flannelVxlan.port.port, why: "it is flannel's" },
          ],
    because: "Calico goes on with flannel's VXLAN: the same number, port, addresses and hardware addresses",
    source: "https://docs.tigera.io/calico/latest/getting-started/kubernetes/flannel/migration-from-flannel",
  },
];

export const roadBetween = (from: string, to: string): Road | null =>
  roads.find((road) => road.from === from && road.to === to) ?? null;
