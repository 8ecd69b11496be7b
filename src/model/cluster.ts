import type { CalicoSpec } from "./cni/calico.ts";
import type { CanalSpec } from "./cni/canal.ts";
import type { CiliumSpec } from "./cni/cilium.ts";
import type { FlannelSpec } from "./cni/flannel.ts";
import type { MultusSpec } from "./multus.ts";
import type { RetinaSpec } from "./retina.ts";

/** A cluster as the rest of the program sees it: every default filled in, checked, frozen. Made by `inventory`, read by all. */
export interface ClusterSpec {
  readonly name: string;
  /** The inventory file this came from, for messages. */
  readonly source: string;
  readonly kubernetes: {
    /** Without a leading v: "1.36.4". */
    readonly version: string;
    /** kubeadm preflight errors waived by name, e.g. "SystemVerification". */
    readonly ignorePreflightErrors: readonly string[];
  };
  readonly network: {
    readonly pods: string;
    readonly services: string;
    readonly dnsDomain: string;
    readonly cni: CniSpec;
    /** null: pods have one interface. */
    readonly multus: MultusSpec | null;
    readonly kubeProxy: {
      /** "none": the CNI does its work. */
      readonly mode: "nftables" | "iptables" | "ipvs" | "none";
      readonly nodePortAddresses: readonly string[];
      readonly conntrack: {
        /** null leaves kube-proxy's own default; 0 leaves the kernel's value. */
        readonly maxPerCore: number | null;
        readonly min: number | null;
        /** Packets outside a connection's window are no reason to take it for broken. */
        readonly tcpBeLiberal: boolean;
      };
      /** NodePorts on 127.0.0.1, which mode iptables alone has; null: its default, which is yes. */
      readonly localhostNodePorts: boolean | null;
      /** All traffic to Services gets the node's address. */
      readonly masqueradeAll: boolean;
      /** Of the firewall mark on kube-proxy's own packets; null: its default, 14. */
      readonly masqueradeBit: number | null;
      /** Of the mode in use: "30s"; null: its default. */
      readonly syncPeriod: string | null;
      readonly minSyncPeriod: string | null;
      /** Only for mode ipvs. */
      readonly ipvs: { readonly scheduler: string | null; readonly strictARP: boolean };
    };
  };
  /** "hardened": rebuilt images where there are such, upstream's otherwise. */
  readonly images: {
    readonly profile: "upstream" | "hardened";
    /** With "hardened": what has rebuilt images must have one of its version, or nothing is done. */
    readonly strict: boolean;
  };
  readonly observability: { readonly retina: RetinaSpec | null };
  readonly endpoint: EndpointSpec;
  readonly artifacts: ArtifactSource;
  readonly containerd: {
    readonly version: string;
    readonly runc: string;
    readonly cniPlugins: string;
    /** For hosts whose root lacks CAP_SYS_RESOURCE. */
    readonly restrictOomScoreAdj: boolean;
  };
  readonly kubelet: {
    /** false lets kubelet 1.35+ run on cgroup v1 (KEP-5573). */
    readonly failCgroupV1: boolean;
    /** Signal to threshold, e.g. {"nodefs.available": "1Gi"}; empty keeps kubelet's defaults. */
    readonly evictionHard: Readonly<Record<string, string>>;
    readonly maxPods: number;
  };
  readonly os: {
    /** "known" blocks on a distribution outside the list in roles/os. */
    readonly distributions: "known" | "any";
    /** "refuse" blocks on active swap, "disable" turns it off and keeps it off until reset. */
    readonly swap: "refuse" | "disable";
    /** Extra sysctls, on top of what Kubernetes needs. */
    readonly sysctls: Readonly<Record<string, string>>;
  };
  readonly security: {
    readonly encryptSecrets: boolean;
    readonly auditLog: boolean;
    readonly podSecurity: "privileged" | "baseline" | "restricted";
  };
  readonly upgrade: {
    /** How many nodes of a group may be out of service at once: a number, or a share of the group such as "25%". */
    readonly window: number | `${number}%`;
    readonly drainTimeoutSeconds: number;
    /** When a person is asked before going on. */
    readonly pause: "never" | "each-node" | "each-group";
    /** Shell commands that the controller runs around each node's turn; null: none. */
    readonly hooks: { readonly before: string | null; readonly after: string | null; readonly timeoutSeconds: number };
  };
  readonly backup: {
    /** Recipients backups are encrypted for; empty: not encrypted. */
    readonly age: readonly string[];
    /** How many backups stay on the controller. */
    readonly keep: number;
  };
  readonly preflight: {
    /** A "no" of that check, on that node ("*": any), does not block; it is told with the reason. */
    readonly allow: readonly { readonly check: string; readonly node: string; readonly reason: string }[];
  };
  readonly nodes: readonly NodeSpec[];
}

export type CniSpec = FlannelSpec | CalicoSpec | CanalSpec | CiliumSpec | { readonly name: "none" };

export type EndpointSpec =
  /** A proxy on every node, on loopback, that knows every control plane of the inventory. */
  | { readonly kind: "node-local"; readonly port: number }
  | { readonly kind: "external"; readonly host: string; readonly port: number };

export type ArtifactSource =
  | { readonly from: "official" }
  | {
      readonly from: "mirror";
      /** Base of relative file URLs in the catalog, e.g. "http://mirror.example:8080". */
      readonly url: string;
      /** Catalog file (a path, resolved against the inventory) or URL. */
      readonly catalog: string;
      /** sha256 the catalog must have, or null: a catalog file beside the inventory is as trusted as the inventory. */
      readonly catalogSha256: string | null;
      /** Registry that containerd asks instead of every upstream registry, e.g. "http://mirror.example:5000"; null: none. */
      readonly registry: string | null;
      /** "node": each node fetches binaries from the mirror by itself; the digest is checked there all the same. */
      readonly delivery: "controller" | "node";
    };

export interface NodeSpec {
  readonly name: string;
  /** IP address: what SSH connects to and what the kubelet announces, unless `ssh.host` says otherwise. */
  readonly address: string;
  readonly roles: readonly ("control-plane" | "worker")[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly {
    readonly key: string;
    readonly value: string;
    readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  }[];
  /** Upgrade group: "default" nodes go before "edge" nodes. */
  readonly order: "default" | "edge";
  readonly ssh: SshSpec;
}

export interface SshSpec {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Absolute path, or null: agent only. */
  readonly identityFile: string | null;
  /** SHA256:… fingerprints accepted for this host, instead of known_hosts; empty: known_hosts decides. */
  readonly hostKeys: readonly string[];
  /** Absolute path of the known_hosts file. */
  readonly knownHosts: string;
  /** Environment variable that holds the sudo password; null: none is sent. The value never stands in an inventory. */
  readonly sudoPasswordEnv: string | null;
  readonly bastion: Omit<SshSpec, "bastion" | "sudoPasswordEnv"> | null;
}

export const isControlPlane = (node: NodeSpec): boolean => node.roles.includes("control-plane");
export const controlPlanes = (cluster: ClusterSpec): readonly NodeSpec[] => cluster.nodes.filter(isControlPlane);

/** In the order in which nodes are changed one after the other: control planes, workers, edge nodes. */
export const inTurn = ({ nodes }: ClusterSpec): readonly NodeSpec[] => {
  const workers = nodes.filter((node) => !isControlPlane(node));
  return [
    ...nodes.filter(isControlPlane),
    ...workers.filter(({ order }) => order === "default"),
    ...workers.filter(({ order }) => order === "edge"),
  ];
};
