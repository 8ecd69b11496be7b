import type { ClusterSpec } from "../../src/model/cluster.ts";
import type { CalicoBgp, CalicoSpec } from "../../src/model/cni/calico.ts";
import type { KubeObject } from "../../src/role/objects/kubeObject.ts";

/** The pool all pods take their addresses from, by the name calico-node itself would give it. */
export const poolName = "default-ipv4-ippool";

const resource = (kind: string, name: string, spec: KubeObject): KubeObject => ({
  apiVersion: "crd.projectcalico.org/v1",
  kind,
  metadata: { name },
  spec,
});

/** What of the pool the inventory decides. */
export const poolSpec = ({ network }: ClusterSpec, { encapsulation, ipam }: CalicoSpec): KubeObject => ({
  cidr: network.pods,
  blockSize: ipam.blockSize,
  vxlanMode: { vxlan: "Always", "vxlan-cross-subnet": "CrossSubnet", ipip: "Never", none: "Never" }[encapsulation],
  ipipMode: encapsulation === "ipip" ? "Always" : "Never",
  natOutgoing: ipam.natOutgoing,
  nodeSelector: "all()",
});

/** Objects of Calico's own API: they reach all nodes at once, so what can go node by node is not among them. */
export const resources = (cluster: ClusterSpec, calico: CalicoSpec): readonly KubeObject[] => [
  resource("IPPool", poolName, poolSpec(cluster, calico)),
  resource("IPAMConfig", "default", {
    autoAllocateBlocks: true,
    strictAffinity: calico.ipam.strictAffinity,
    maxBlocksPerHost: calico.ipam.maxBlocksPerHost,
  }),
  ...(calico.bgp === null ? [] : bgpResources(calico.bgp)),
];

const bgpResources = ({ asNumber, nodeMesh, peers }: CalicoBgp): readonly KubeObject[] => [
  resource("BGPConfiguration", "default", { asNumber, nodeToNodeMeshEnabled: nodeMesh }),
  ...peers.map((peer) =>
    resource("BGPPeer", `provision-${peer.address.replaceAll(".", "-")}`, {
      peerIP: peer.address,
      asNumber: peer.asNumber,
      ...(peer.nodes === null
        ? {}
        : { nodeSelector: `kubernetes.io/hostname in { ${peer.nodes.map((name) => `'${name}'`).join(", ")} }` }),
    }),
  ),
];
