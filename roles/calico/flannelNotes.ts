import type { CalicoNotes } from "../../src/facts/calicoNotes.ts";
import type { Lease } from "../../src/facts/flannel.ts";
import { cidrSize, parseCidr } from "../../src/model/ip.ts";
import type { KubeObject } from "../../src/role/objects/kubeObject.ts";

/** What Calico must still be told of a node that flannel serves. */
export interface MissingNote {
  readonly node: string;
  /** Annotations of the Node -> value. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Objects of Calico's IPAM, none of which is there. */
  readonly objects: readonly KubeObject[];
}

/** Of nodes with a lease: flannel's end of the tunnel, and the node's share of the pods' network as its block. */
export const missingNotes = (leases: readonly Lease[], notes: CalicoNotes): readonly MissingNote[] =>
  leases.filter(isOverVxlan).flatMap((lease): readonly MissingNote[] => {
    const known = notes.nodes.find(({ name }) => name === lease.node);
    const tunnel = firstOf(lease.podCidr);
    const annotations = {
      // Once calico-node runs there it writes this one itself.
      ...((known?.address ?? "") === "" ? { "projectcalico.org/IPv4Address": `${lease.machine}/32` } : {}),
      ...(known?.tunnel === tunnel ? {} : { "projectcalico.org/IPv4VXLANTunnelAddr": tunnel }),
      ...(known?.mac === lease.mac ? {} : { "projectcalico.org/VXLANTunnelMACAddr": lease.mac }),
    };
    const objects = notes.blocks.has(lease.podCidr) ? [] : blockOf(lease);
    return Object.keys(annotations).length === 0 && objects.length === 0 ? [] : [{ node: lease.node, annotations, objects }];
  });

/** Blocks that cover a node's share and are another's: "10.244.1.0/24 of w-2". */
export const takenBlocks = (leases: readonly Lease[], { blocks }: CalicoNotes): readonly string[] =>
  leases.flatMap(({ node, podCidr }) => {
    const owner = blocks.get(podCidr);
    return owner === undefined || owner === node ? [] : [`${podCidr} of ${owner ?? "nobody"}`];
  });

const isOverVxlan = (lease: Lease): lease is Lease & { readonly mac: string } =>
  lease.backend === "vxlan" && lease.mac !== null && lease.podCidr !== "" && lease.machine !== "";

const firstOf = (cidr: string): string => cidr.replace(/\/.*$/, "");

/**
 * The block as Calico's IPAM itself would claim it for the node, with its first address given to the end of the node's tunnel. Its shape is
 * that of projectcalico/calico libcalico-go lib/apis IPAMBlock, BlockAffinity and IPAMHandle, the same from 3.28 to 3.32.
 */
function blockOf({ node, podCidr }: Lease): readonly KubeObject[] {
  const block = parseCidr(podCidr);
  if (block === null) return [];
  const name = podCidr.replaceAll(/[./]/g, "-");
  const handle = `vxlan-tunnel-addr-${node}`;
  const rest = Array.from({ length: cidrSize(block) - 1 }, (_none, index) => index + 1);
  const object = (kind: string, named: string, spec: KubeObject): KubeObject => ({
    apiVersion: "crd.projectcalico.org/v1",
    kind,
    metadata: { name: named },
    spec,
  });
  return [
    object("IPAMHandle", handle, { handleID: handle, block: { [podCidr]: 1 }, deleted: false }),
    object("BlockAffinity", `${node}-${name}`, { cidr: podCidr, node, state: "confirmed", deleted: "false" }),
    // Last: it is what a later look asks for.
    object("IPAMBlock", name, {
      cidr: podCidr,
      affinity: `host:${node}`,
      strictAffinity: false,
      deleted: false,
      allocations: [0, ...rest.map(() => null)],
      unallocated: rest,
      attributes: [{ handle_id: handle, secondary: { node, type: "vxlanTunnelAddress" } }],
      sequenceNumber: 0,
      sequenceNumberForAllocation: { "0": 0 },
    }),
  ];
}
