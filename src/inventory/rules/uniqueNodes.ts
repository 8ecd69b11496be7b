import { formatPlace } from "../../model/diagnostic.ts";
import { error, type Rule } from "./rule.ts";

/** Names and addresses are said once; so is the place SSH connects to. */
export const uniqueNodes: Rule = (cluster, places) => {
  const twice = (field: "name" | "address") =>
    cluster.nodes.flatMap((node, index) => {
      const first = cluster.nodes.findIndex((other) => other[field] === node[field]);
      if (first === index) return [];
      const where = formatPlace(places.value(["nodes", first, field]));
      return [
        error(
          `duplicate-${field}`,
          places.value(["nodes", index, field]),
          `nodes[${index}].${field}: ${node[field]} is already at ${where}`,
          `every machine needs its own ${field}`,
        ),
      ];
    });
  const target = (index: number): string => `${cluster.nodes[index]?.ssh.host}:${cluster.nodes[index]?.ssh.port}`;
  const reached = cluster.nodes.flatMap((node, index) => {
    const first = cluster.nodes.findIndex((_, other) => target(other) === target(index));
    const other = cluster.nodes[first];
    // Behind different bastions one private address may be two machines.
    if (
      first === index ||
      other === undefined ||
      other.address === node.address ||
      other.ssh.bastion?.host !== node.ssh.bastion?.host
    )
      return [];
    const place = places.value(["nodes", index, "ssh", "host"]);
    return [
      error(
        "duplicate-ssh-host",
        place,
        `nodes[${index}]: SSH reaches ${node.name} at ${target(index)}, as it does ${other.name}`,
        "give each machine its own ssh.host or ssh.port",
      ),
    ];
  });
  return [...twice("name"), ...twice("address"), ...reached];
};
