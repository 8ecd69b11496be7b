import type { LinkType, NftPart } from "./evidence.ts";

/** One thing a machine can be asked for. Combinations are needs too. */
export type Need =
  /** CONFIG_<option>, built in or as a module that is or can be loaded. */
  | { readonly option: string }
  /**
   * uname -r at least this. `redhat`: the kernel release of Red Hat and its rebuilds that has what is meant by back-port.
   * `byNumber`: the program itself compares the number and refuses, so that back-ports do not help.
   */
  | { readonly kernel: string; readonly redhat?: string; readonly byNumber?: true }
  /** uname -r below this: known breakage from there on. */
  | { readonly kernelBelow: string }
  | { readonly nft: NftPart }
  | { readonly link: LinkType }
  /** The path under /proc/sys is there, with one of these values if any are given. */
  | { readonly sysctl: string; readonly oneOf?: readonly string[] }
  /** A program on the PATH, at least this version. `orAbsent`: none at all is as good. */
  | { readonly tool: string; readonly atLeast?: string; readonly orAbsent?: true }
  | { readonly mount: string; readonly type: string }
  /** /sys/fs/bpf is the bpf file system, and can be written. */
  | { readonly bpffs: true }
  | { readonly filesystem: string }
  | { readonly btf: true }
  /** The kernel's lockdown is none of these. */
  | { readonly lockdownNot: readonly string[] }
  | { readonly machine: readonly string[] }
  /** By their names in bpftool's feature probe: "sched_cls", "lru_hash". */
  | { readonly program: string }
  | { readonly map: string }
  | { readonly all: readonly Need[] }
  | { readonly any: readonly Need[] }
  /** What `tried` shows, yes or no, counts; when it was not tried, `otherwise` does. */
  | { readonly tried: Need; readonly otherwise: Need };

/** Without it there is no lockdown. */
export const lockdownOption = { option: "SECURITY_LOCKDOWN_LSM" } as const;

/** Versions without a leading v. */
export interface VersionRange {
  readonly component: string;
  readonly atLeast?: string;
  readonly below?: string;
}

export interface Requirement {
  /** Short, stable, unique within its feature: "nft_numgen", "kernel 5.13". */
  readonly what: string;
  readonly need: Need;
  /** "error": the feature does not work without it. "warning": it works, less well or not in every case. */
  readonly severity: "error" | "warning";
  /** Link, or the name of the document or source file that says so. */
  readonly source: string;
  /** Why it is needed, or what goes wrong. */
  readonly because?: string;
  /** What to do about a "no", where a newer kernel, an option or a package is not the whole answer. */
  readonly hint?: string;
  /** Only for these versions of a component. When the version is not known, a range without an end applies and others do not. */
  readonly when?: VersionRange;
  /** Only when this family is in use. */
  readonly family?: "ip6";
}

export interface Feature {
  /** Stable, kebab-case. */
  readonly name: string;
  /** Heading of its column, at most 20 characters. */
  readonly title: string;
  readonly summary: string;
  /** What to write into the inventory to do without it, or to choose another; told with every "no". */
  readonly instead?: string;
  readonly requirements: readonly Requirement[];
}

export const option = (name: string): Need => ({ option: name });
export const allOptions = (...names: readonly string[]): Need =>
  names.length === 1 && names[0] !== undefined ? option(names[0]) : { all: names.map(option) };

/** One row for each option, named after it. */
export const optionRows = (row: Omit<Requirement, "what" | "need">, ...names: readonly string[]): readonly Requirement[] =>
  names.map((name) => ({ ...row, what: name, need: option(name) }));

/** A row for a part of nftables: tried by doing, else concluded from the options. */
export const nftRow = (
  part: NftPart,
  options: readonly string[],
  row: Omit<Requirement, "what" | "need" | "severity">,
): Requirement => ({
  what: `nft ${part}`,
  need: { tried: { nft: part }, otherwise: allOptions(...options) },
  severity: "error",
  ...row,
});

/** A row for a kind of network interface. */
export const linkRow = (type: LinkType, name: string, row: Omit<Requirement, "what" | "need" | "severity">): Requirement => ({
  what: `link ${type}`,
  need: { tried: { link: type }, otherwise: option(name) },
  severity: "error",
  ...row,
});

/** For programs that read kernel memory, as tracing tools and eBPF data planes do. */
export const readsKernelMemory: Requirement = {
  what: "lockdown",
  need: { lockdownNot: ["confidentiality"] },
  severity: "error",
  source: "https://man7.org/linux/man-pages/man7/kernel_lockdown.7.html",
  because: "mode confidentiality refuses BPF programs that read kernel memory",
  hint: "boot with lockdown=integrity or without",
};
