import { type ClusterSpec, isControlPlane, type NodeSpec } from "../../model/cluster.ts";
import { partsOf } from "../../network/parts.ts";

/** One port that nodes of a cluster must reach on each other. */
export interface PortRequirement {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  /** Who listens there, for messages. */
  readonly service: string;
  readonly when: (cluster: ClusterSpec) => boolean;
  readonly from: (node: NodeSpec) => boolean;
  readonly to: (node: NodeSpec) => boolean;
  readonly source: string;
}

const always = (): boolean => true;
const anyNode = (): boolean => true;

/** What this tool installs asks for; NodePorts and what a node asks of itself alone are not in it. */
export const portRequirements: readonly PortRequirement[] = [
  {
    protocol: "tcp",
    port: 6443,
    service: "kube-apiserver",
    when: always,
    from: anyNode,
    to: isControlPlane,
    source: "kubernetes/website reference/networking/ports-and-protocols: 6443, used by all",
  },
  {
    protocol: "tcp",
    port: 2379,
    service: "etcd",
    when: always,
    from: isControlPlane,
    to: isControlPlane,
    source: "kubernetes/website reference/networking/ports-and-protocols: 2379-2380, used by kube-apiserver and etcd",
  },
  {
    protocol: "tcp",
    port: 2380,
    service: "etcd peers",
    when: always,
    from: isControlPlane,
    to: isControlPlane,
    source: "kubernetes/website reference/networking/ports-and-protocols: 2379-2380, used by kube-apiserver and etcd",
  },
  {
    protocol: "tcp",
    port: 10250,
    service: "kubelet",
    when: always,
    from: isControlPlane,
    to: anyNode,
    source: "kubernetes/website reference/networking/ports-and-protocols: 10250, used by self and control plane",
  },
];

/** Those of `portRequirements` that this cluster has, and those of its network. */
export const portsOf = (cluster: ClusterSpec, protocol: "tcp" | "udp"): readonly PortRequirement[] =>
  [...portRequirements.filter((row) => row.when(cluster)), ...networkPorts(cluster)].filter((row) => row.protocol === protocol);

const networkPorts = (cluster: ClusterSpec): readonly PortRequirement[] =>
  partsOf(cluster)
    .flatMap((part) => part.ports(cluster))
    .filter(({ loopback }) => !loopback)
    .map(({ protocol, port, service, source }) => ({
      protocol,
      port,
      service,
      source,
      when: always,
      from: anyNode,
      to: anyNode,
    }));

/** Neighbours on each side, in inventory order, beside all control planes: what one node is asked to talk to does not grow with the fleet. */
const neighbours = 4;

/**
 * Whether these two talk to each other: every node with every control plane, and with four neighbours on each side in the ring of
 * `nodes`. Up to nine nodes that is everybody with everybody.
 */
export function talk(nodes: readonly NodeSpec[], from: number, to: number): boolean {
  const [a, b] = [nodes[from], nodes[to]];
  if (a === undefined || b === undefined || from === to) return false;
  const apart = Math.abs(from - to);
  return isControlPlane(a) || isControlPlane(b) || Math.min(apart, nodes.length - apart) <= neighbours;
}

/**
 * etcd's members beat every 100 ms unless told otherwise, and the beat should be about the round trip between members, at least half
 * again as long where it varies (etcd.io/docs/v3.6/tuning, "Time parameters"): above half a beat a busy moment costs an election.
 */
export const etcdRoundTrip = {
  warnMs: 50,
  heartbeatMs: 100,
  source: "https://etcd.io/docs/v3.6/tuning/#time-parameters",
} as const;

/** IPv4 and UDP headers. RFC 791, RFC 768. */
export const udpHeaders = 28;
