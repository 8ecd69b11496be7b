import { z } from "zod";
import type { CalicoSpec } from "../../model/cni/calico.ts";
import { defaultCalico, isAtLeast } from "../../model/versions.ts";
import { felixVxlan } from "../../network/calico.ts";
import * as f from "../fields.ts";
import { felixSchema } from "./felix.ts";

const asNumber = () => z.int().min(1).max(4_294_967_295);

const bgp = z.strictObject({
  asNumber: asNumber().default(64_512).describe("Autonomous system of the nodes."),
  nodeMesh: z.boolean().default(true).describe("Every node peers with every other; not beyond about 100 nodes."),
  peers: z
    .array(
      z.strictObject({
        address: f.nodeAddress().describe("Address of the router."),
        asNumber: asNumber().describe("Autonomous system of the router."),
        nodes: z
          .array(z.string().min(1))
          .min(1)
          .optional()
          .describe("Names of nodes that peer with it.")
          .meta({ defaultNote: "all" }),
      }),
    )
    .default([])
    .describe("Routers outside the cluster."),
});

const vxlan = z.strictObject({
  vni: z.int().min(1).max(16_777_215).default(felixVxlan.vni).describe("The network's number; flannel's is 1."),
  port: z.int().min(1).max(65_535).default(felixVxlan.port).describe("UDP port of wrapped packets; flannel's is 8472."),
});

const ipam = z.strictObject({
  blockSize: z
    .int()
    .min(20)
    .max(32)
    .default(26)
    .describe("Prefix length of the blocks nodes take addresses from; never changes on a live cluster."),
  strictAffinity: z.boolean().default(false).describe("No node borrows single addresses from another node's block."),
  maxBlocksPerHost: z.int().min(0).max(65_536).default(0).describe("Most blocks a node may have; 0 is no limit."),
  natOutgoing: z.boolean().default(true).describe("Pods leave the cluster with their node's address."),
});

const typha = z.strictObject({
  replicas: z
    .int()
    .min(0)
    .max(20)
    .nullable()
    .default(null)
    .describe("How many run; null decides by the number of nodes, 0 is none."),
  above: z.int().min(0).max(1000).default(50).describe("With replicas null: runs in clusters of more nodes than this."),
});

export const calicoSchema = z.strictObject({
  name: z.literal("calico").describe("Network with policies: routed or VXLAN, addresses from its own IPAM."),
  version: f.version().optional().describe("Calico version.").meta({ defaultNote: defaultCalico }),
  encapsulation: z
    .enum(["vxlan", "vxlan-cross-subnet", "ipip", "none"])
    .default("vxlan")
    .describe("How packets between nodes are wrapped; ipip and none need BGP."),
  vxlan: vxlan.prefault({}).describe("Of VXLAN; never changes on a live cluster."),
  bgp: bgp.optional().describe("Routes by BGP.").meta({ defaultNote: "none with VXLAN; a full mesh with ipip and none" }),
  dataplane: z
    .enum(["iptables", "nftables"])
    .optional()
    .describe("What rules are written as; must be what kube-proxy writes.")
    .meta({ defaultNote: "nftables when kube-proxy's mode is nftables and the version knows it" }),
  iptablesBackend: z.enum(["auto", "legacy", "nft"]).default("auto").describe("Kernel interface of the iptables data plane."),
  mtu: z.int().min(0).max(9216).default(0).describe("MTU of pods; 0 takes the interface's, less what the encapsulation needs."),
  ipam: ipam.prefault({}).describe("Addresses of pods."),
  typha: typha.prefault({}).describe("Stands between the nodes and the API servers of a large cluster."),
  felix: felixSchema.prefault({}).describe("Tuning of Felix, the agent on each node; changed node by node."),
  acceptNoWayBack: z.boolean().default(false).describe("Confirms a change to a version that cannot be undone."),
});

/** Replicas by the number of nodes, as the project's operator counts them: tigera/operator pkg/common/autoscale.go. */
function replicasFor(nodes: number): number {
  if (nodes <= 2) return 1;
  if (nodes <= 4) return 2;
  return Math.min(20, Math.max(3, Math.floor(nodes / 200) + 2));
}

/** Fills in what follows from the rest of the network and from the number of nodes. */
export function resolveCalico(
  { version = defaultCalico, bgp, dataplane, typha, ...rest }: z.output<typeof calicoSchema>,
  kubeProxyMode: string,
  nodes: number,
): CalicoSpec {
  const isRouted = rest.encapsulation === "ipip" || rest.encapsulation === "none";
  const mesh = { asNumber: 64_512, nodeMesh: true, peers: [] };
  const peers = (bgp?.peers ?? []).map((peer) => ({ ...peer, nodes: peer.nodes ?? null }));
  return {
    ...rest,
    version,
    bgp: bgp === undefined ? (isRouted ? mesh : null) : { ...bgp, peers },
    dataplane: dataplane ?? (kubeProxyMode === "nftables" && isAtLeast(version, "3.29.0") ? "nftables" : "iptables"),
    typhaReplicas: typha.replicas ?? (nodes > typha.above ? replicasFor(nodes) : 0),
  };
}
