import type { Script } from "../host/sh.ts";
import type { ClusterSpec } from "../model/cluster.ts";

/** One piece of software that makes a cluster's network, as data: its role alone knows how it is installed. */
export interface NetworkPart {
  /** As messages name it: "flannel". */
  readonly name: string;
  readonly inUse: (cluster: ClusterSpec) => boolean;
  /** Texts and charts of the catalog that its role overlays: name -> version. Asked only while it is in use, as all that follow. */
  readonly sources: (cluster: ClusterSpec) => Readonly<Record<string, string>>;
  /** Component -> version, for rules of the kernel. */
  readonly versions: (cluster: ClusterSpec) => Readonly<Record<string, string>>;
  /** Names of what it asks of a kernel (src/kernel/requirements.ts). */
  readonly kernelFeatures: (cluster: ClusterSpec) => readonly string[];
  /** Ports between all nodes, and on each. */
  readonly ports: (cluster: ClusterSpec) => readonly NetworkPort[];
  /** Bytes it takes off the interface's MTU for pods. */
  readonly overhead: (cluster: ClusterSpec) => number;
  /** Name of its file in /etc/cni/net.d, of which a container runtime takes the first; null: it writes none. */
  readonly confFile: string | null;
  /** What it leaves on a node, and nobody else does. */
  readonly owns: Owned;
  /** Whose agents these are, and which Kubernetes they are tested with. */
  readonly agent: Agent | null;
  /** Names of its processes that listen on a node. */
  readonly programs: readonly string[];
  /** Namespaces whose DaemonSets every other pod needs. */
  readonly namespaces: readonly string[];
  /** Keeps NetworkPolicies. */
  readonly policies: boolean;
  /** Prints how many packets its agent on this node has dropped so far, as one whole number; absent: it does not count. */
  readonly drops?: Script;
}

export interface NetworkPort {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly service: string;
  /** Only 127.0.0.1 listens. */
  readonly loopback: boolean;
  readonly source: string;
}

export interface Owned {
  /** Shell patterns: "flannel.1", "cali*". */
  readonly interfaces: readonly string[];
  /** "ip flannel-ipv4". */
  readonly nftTables: readonly string[];
  /** Beginnings of names of iptables chains: "FLANNEL-". */
  readonly chains: readonly string[];
  /** Beginnings of names of IP sets: "cali40". */
  readonly ipSets: readonly string[];
  /** In /etc/cni/net.d. */
  readonly confFiles: readonly string[];
  /** Absolute: files and folders; shell patterns. */
  readonly paths: readonly string[];
  /** What else must be undone, before interfaces and paths go. */
  readonly more?: Script;
}

interface Agent {
  /** Of its image, before the tag. */
  readonly image: RegExp;
  /** Its minor -> first and last Kubernetes minor its project tests it with; null: any that this tool knows. */
  readonly tested: Readonly<Record<string, readonly [string, string]>> | null;
  readonly source: string;
}
