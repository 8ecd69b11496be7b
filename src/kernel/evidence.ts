/** What one look learned of a machine's kernel. Everything here was read or tried without changing the machine. */
export interface KernelEvidence {
  readonly kernel: KernelFacts;
  /** Tried in a network namespace of its own; null: this look did not try. */
  readonly nft: NftProbe | null;
  readonly links: LinkProbe | null;
  readonly bpf: BpfProbe | null;
}

export interface KernelFacts {
  /** uname -r */
  readonly release: string;
  /** ID and VERSION_ID of /etc/os-release: back-ports make a plain comparison of releases wrong. */
  readonly distribution: { readonly id: string; readonly version: string };
  /** uname -m */
  readonly machine: string;
  /** Options of the kernel's configuration without CONFIG_, set ones only: "y", "m" or the value. null: no configuration text was found. */
  readonly config: { readonly source: string; readonly options: ReadonlyMap<string, string> } | null;
  /** Names with "_" for "-". null: that file is not there. */
  readonly builtin: ReadonlySet<string> | null;
  readonly loadable: ReadonlySet<string> | null;
  /** null: the kernel has no loadable modules (no /proc/modules). */
  readonly loaded: ReadonlySet<string> | null;
  /** /proc/filesystems */
  readonly filesystems: ReadonlySet<string>;
  /** What is there of the paths, and of the controllers ("cgroup memory"), that only kernels with some option show. */
  readonly traces: ReadonlySet<string>;
  readonly mounts: readonly { readonly at: string; readonly type: string; readonly writable: boolean }[];
  /** Sysctl name -> value, null where the path is absent. Only those some requirement names. */
  readonly sysctls: ReadonlyMap<string, string | null>;
  readonly btf: "readable" | "absent" | "unreadable";
  /** The active mode of /sys/kernel/security/lockdown; null: no such file. */
  readonly lockdown: string | null;
  /** Tool -> what its --version said; null: not on the PATH. */
  readonly tools: ReadonlyMap<string, string | null>;
}

export type Tried =
  | { readonly outcome: "accepted" }
  | { readonly outcome: "refused"; readonly said: string }
  /** Trying would have loaded these modules, which a check does not do unasked. */
  | { readonly outcome: "would-load"; readonly modules: readonly string[] }
  | { readonly outcome: "not-possible"; readonly why: string };

/** Groups of nftables expressions, each loaded and read back by itself. */
export const nftParts = [
  "table",
  "nat",
  "verdict-map",
  "concatenated-map",
  "numgen",
  "ct",
  "fib",
  "masquerade",
  "reject",
  "interval-set",
  "timeout-set",
  "log",
  "notrack",
  "socket-mark",
  "flowtable",
] as const;
export type NftPart = (typeof nftParts)[number];

export interface NftProbe {
  /** nft --version's number, e.g. "1.0.6"; null: no nft on the machine. */
  readonly version: string | null;
  /** Whether `nft -j list ruleset` gives JSON. */
  readonly json: boolean;
  /** In the families the cluster asks for. Empty when there is no nft. */
  readonly parts: ReadonlyMap<NftPart, Tried>;
}

export const linkTypes = [
  "vxlan",
  "geneve",
  "ipip",
  "wireguard",
  "dummy",
  "veth",
  "bridge",
  "macvlan",
  "ipvlan",
  "netkit",
] as const;
export type LinkType = (typeof linkTypes)[number];
/** `ip link add type X` in a network namespace of its own. */
export type LinkProbe = ReadonlyMap<LinkType, Tried>;

export interface BpfProbe {
  /** /sys/fs/bpf: the kernel's bpf file system is mounted there, and an entry could be made and removed. */
  readonly bpffs: "writable" | "read-only" | "not-mounted";
  /** net.core.bpf_jit_enable; null: absent. */
  readonly jit: string | null;
  /** kernel.unprivileged_bpf_disabled; null: absent. */
  readonly unprivileged: string | null;
  /** The helper's answers (bpftool's feature probe); null: it was not brought (`--deep`). */
  readonly deep: {
    readonly programTypes: ReadonlyMap<string, boolean>;
    readonly mapTypes: ReadonlyMap<string, boolean>;
  } | null;
}
