import { cidrContains, cidrsOverlap, parseAddress, parseCidr } from "../../model/ip.ts";
import { error, type Rule } from "./rule.ts";

/** Pods, services and machines have addresses of their own: an address in two of them is routed to only one. */
export const networksApart: Rule = (cluster, places) => {
  const { pods, services } = cluster.network;
  const ranges = [
    { field: "pods", text: pods, cidr: parseCidr(pods) },
    { field: "services", text: services, cidr: parseCidr(services) },
  ];
  const [podRange, serviceRange] = ranges.map((range) => range.cidr);
  const found = [];
  if (podRange != null && serviceRange != null && cidrsOverlap(podRange, serviceRange)) {
    const place = places.value(["network", "services"], ["network", "pods"]);
    found.push(
      error(
        "overlapping-networks",
        place,
        `network.services: ${services} overlaps network.pods ${pods}`,
        "choose networks that share no address",
      ),
    );
  }
  for (const [index, node] of cluster.nodes.entries()) {
    const address = parseAddress(node.address);
    for (const { field, text, cidr } of ranges) {
      if (address === null || cidr === null || !cidrContains(cidr, address)) continue;
      const message = `nodes[${index}].address: ${node.address} of ${node.name} is inside network.${field} ${text}`;
      found.push(
        error("overlapping-networks", places.value(["nodes", index, "address"]), message, `choose another network.${field}`),
      );
    }
  }
  return found;
};
