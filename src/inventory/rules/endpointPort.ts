import { nodePorts, reservedPorts } from "../../model/versions.ts";
import { error, type Rule } from "./rule.ts";

/** The node-local proxy has its port for itself. */
export const endpointPort: Rule = ({ endpoint, nodes }, places) => {
  if (endpoint.kind !== "node-local") return [];
  const place = places.value(["endpoint", "port"]);
  const { port } = endpoint;
  const sshNode = nodes.find((node) => node.ssh.host === node.address && node.ssh.port === port);
  const user =
    reservedPorts[port] ??
    (port >= nodePorts.first && port <= nodePorts.last ? `NodePorts (${nodePorts.first} to ${nodePorts.last})` : undefined) ??
    (sshNode === undefined ? undefined : `sshd on ${sshNode.name}`);
  return user === undefined
    ? []
    : [error("endpoint-port", place, `endpoint.port: ${port} is the port of ${user}`, "use 7443, the default")];
};
