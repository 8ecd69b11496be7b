import { type ClusterSpec, isControlPlane, type NodeSpec } from "../../model/cluster.ts";
import { partsOf } from "../../network/parts.ts";

export interface Port {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** Who listens there: "the API server". */
  readonly use: string;
  /** Only 127.0.0.1 listens: nothing to be opened, and other addresses are free for others. */
  readonly loopback: boolean;
  /** The line of the inventory that moves it; null: it is fixed. */
  readonly setting: string | null;
}

const tcp = (port: number, use: string): Port => ({ port, protocol: "tcp", use, loopback: false, setting: null });
const local = (port: number, use: string): Port => ({ ...tcp(port, use), loopback: true });

/** What a node's own programs listen on: kubernetes.io "Ports and Protocols", kubeadm's and kube-proxy's defaults, flannel's backends. */
export function portsOf(cluster: ClusterSpec, node: NodeSpec): readonly Port[] {
  const { endpoint } = cluster;
  const plane = [
    tcp(6443, "the API server"),
    tcp(2379, "etcd's clients"),
    tcp(2380, "etcd's members"),
    local(2381, "etcd's metrics"),
    local(10257, "the controller manager"),
    local(10259, "the scheduler"),
  ];
  return [
    ...(isControlPlane(node) ? plane : []),
    tcp(10250, "the kubelet"),
    local(10248, "the kubelet's health"),
    local(10249, "kube-proxy's metrics"),
    tcp(10256, "kube-proxy's health"),
    ...(endpoint.kind === "node-local" ? [{ ...local(endpoint.port, "the API proxy"), setting: "endpoint.port" }] : []),
    ...partsOf(cluster)
      .flatMap((part) => part.ports(cluster))
      .map(({ protocol, port, service, loopback }) => ({ port, protocol, use: service, loopback, setting: null })),
  ];
}

/** For a person who has to open a firewall. */
export function openingsOf(cluster: ClusterSpec, node: NodeSpec): string {
  const open = portsOf(cluster, node).filter(({ loopback, port }) => !loopback && port !== 10256);
  const list = open.map(({ port, protocol }) => `${port}/${protocol}`).join(", ");
  return `${list} from the other nodes, everything from ${cluster.network.pods}, and 30000-32767 for NodePorts`;
}
