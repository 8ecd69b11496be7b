import type { FlannelOnNode, Lease } from "../../src/facts/flannel.ts";

interface LeaseProblem {
  /** "subnet", "vxlan peer w-2". */
  readonly of: string;
  readonly why: string;
}

const firstOf = (cidr: string): string => cidr.replace(/\/.*$/, "");
/** flannel takes the first address of a node's share for its own device, the second for the bridge. */
const bridgeOf = (cidr: string): string => cidr.replace(/\.0\//, ".1/");

/** What is missing on a node for its pods to reach, and be reached by, those of every node that has a lease. */
export function leaseProblems(
  name: string,
  seen: FlannelOnNode,
  leases: readonly Lease[],
  backend: string,
): readonly LeaseProblem[] {
  const own = leases.find(({ node }) => node === name);
  const found: LeaseProblem[] = [];
  if (own === undefined || own.podCidr === "")
    found.push({ of: "subnet", why: "the cluster has given the node no addresses for pods" });
  else {
    if (seen.subnet !== bridgeOf(own.podCidr))
      found.push({ of: "subnet", why: `flannel has ${seen.subnet ?? "none"}, Kubernetes gave the node ${own.podCidr}` });
    if (own.backend !== backend || own.machine === "")
      found.push({
        of: "lease",
        why: `the node is noted as ${own.backend || "nothing"} at ${own.machine || "no address"}, not ${backend}`,
      });
  }
  const peers = leases.filter(({ node, backend: kind, podCidr }) => node !== name && kind !== "" && podCidr !== "");
  for (const peer of peers) {
    const why = backend === "vxlan" ? missingPeer(peer, seen) : missingRoute(peer, seen);
    if (why !== null) found.push({ of: `${backend} peer ${peer.node}`, why });
  }
  return found;
}

function missingPeer({ podCidr, machine, mac }: Lease, { routes, forwarding, neighbours }: FlannelOnNode): string | null {
  if (!routes.get(podCidr)?.includes("dev flannel.1")) return `no route to ${podCidr} through flannel.1`;
  const neighbour = neighbours.get(firstOf(podCidr));
  if (neighbour !== mac) return `${firstOf(podCidr)} is ${neighbour ?? "nobody"}, not ${mac ?? "known"}`;
  const dst = forwarding.get(mac ?? "");
  return dst === machine ? null : `${mac} is sent to ${dst ?? "nobody"}, not to ${machine}`;
}

const missingRoute = ({ podCidr, machine }: Lease, { routes }: FlannelOnNode): string | null => {
  const route = routes.get(podCidr);
  return route?.includes(`via ${machine} `) ? null : `the route to ${podCidr} is ${route ?? "not there"}, not via ${machine}`;
};
