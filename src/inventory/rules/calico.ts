import type { Diagnostic } from "../../model/diagnostic.ts";
import { parseCidr } from "../../model/ip.ts";
import { calico as part } from "../../network/calico.ts";
import { type Concern, dataplaneConcerns, pairConcerns } from "../../network/calicoVersions.ts";
import { error, type Rule, warning } from "./rule.ts";

/** Calico's version, data plane, addresses and routers fit the rest of the cluster. */
export const calico: Rule = (cluster, places) => {
  const { network, kubernetes, nodes } = cluster;
  const { cni } = network;
  if (cni.name !== "calico") return [];
  const at = (...path: readonly (string | number)[]) => places.value(["network", "cni", ...path]);
  const tell = (place: Diagnostic["place"], concerns: readonly Concern[]): readonly Diagnostic[] =>
    concerns.map(({ severity, code, message, hint }) => (severity === "error" ? error : warning)(code, place, message, hint));
  const found: Diagnostic[] = [
    ...tell(at("version"), pairConcerns(cni.version, kubernetes.version)),
    ...tell(at("version"), dataplaneConcerns(cni)),
  ];

  const pods = parseCidr(network.pods);
  const { blockSize } = cni.ipam;
  const blocks = pods === null ? Number.POSITIVE_INFINITY : 2 ** (blockSize - pods.prefix);
  if (blocks < nodes.length) {
    const message = `network.cni.ipam.blockSize: ${network.pods} has ${blocks < 1 ? "no" : blocks} blocks of /${blockSize}, for ${nodes.length} nodes`;
    found.push(error("calico-blocks", at("ipam", "blockSize"), message, "use a larger number, or a larger network.pods"));
  }

  if (cni.mtu > 0 && cni.mtu + part.overhead(cluster) > 9216) {
    const message = `network.cni.mtu: ${cni.mtu} bytes and ${part.overhead(cluster)} for ${cni.encapsulation} are more than any interface carries`;
    found.push(error("calico-mtu", at("mtu"), message, "leave it out: Calico takes the interface's"));
  }

  const isWrapped = cni.encapsulation === "vxlan" || cni.encapsulation === "vxlan-cross-subnet";
  if (!isWrapped && cni.bgp !== null && !cni.bgp.nodeMesh && cni.bgp.peers.length === 0) {
    const message = `network.cni.bgp: with encapsulation ${cni.encapsulation}, no mesh and no peers, no node learns the way to another's pods`;
    found.push(error("calico-routes", at("bgp"), message, "set nodeMesh: true, or name peers"));
  }
  if (cni.bgp?.nodeMesh && nodes.length > 100) {
    const message = `network.cni.bgp.nodeMesh: each of ${nodes.length} nodes peers with every other`;
    found.push(
      warning(
        "calico-mesh",
        at("bgp", "nodeMesh"),
        message,
        "beyond about 100 nodes set it to false and name route reflectors as peers",
      ),
    );
  }
  const seen = new Set<string>();
  for (const [index, peer] of (cni.bgp?.peers ?? []).entries()) {
    if (seen.has(peer.address)) {
      const message = `network.cni.bgp.peers[${index}].address: ${peer.address} is there twice`;
      found.push(error("calico-peer", at("bgp", "peers", index, "address"), message, "name all its nodes in one entry"));
    }
    seen.add(peer.address);
    for (const name of peer.nodes ?? [])
      if (!nodes.some((node) => node.name === name)) {
        const message = `network.cni.bgp.peers[${index}].nodes: there is no node ${name}`;
        found.push(error("calico-peer", at("bgp", "peers", index, "nodes"), message));
      }
  }
  if (cni.typhaReplicas > nodes.length) {
    const message = `network.cni.typha.replicas: ${cni.typhaReplicas} do not fit on ${nodes.length} nodes: each takes the same port`;
    found.push(error("calico-typha", at("typha", "replicas"), message));
  }
  return found;
};
