import type { Catalog } from "../artifacts/catalog.ts";
import type { FactSpec, FactValues } from "../facts/fact.ts";
import type { Finding } from "../kernel/answer.ts";
import type { ClusterSpec, NodeSpec } from "../model/cluster.ts";

export interface CheckTarget {
  readonly cluster: ClusterSpec;
  readonly node: NodeSpec;
  readonly catalog: Catalog;
  /** Features to answer for beside those the inventory asks for, by their names in src/kernel. */
  readonly features: readonly string[];
  /** true for the verb `preflight`: probes that write and remove something, or take a moment, run too. plan and up leave them out on nodes that are in the cluster already. */
  readonly thorough: boolean;
  /** Absolute path of the bpftool that was brought to the machine for this look. With it, trials may load kernel modules, which they unload again. */
  readonly deep?: string;
}

/** One question about one machine. All functions are pure; scripts leave the machine as it was. */
export interface Check<F extends FactSpec = FactSpec> {
  /** Stable: "kernel/kube-proxy-nftables", "host/memory". Used in JSON, in waivers and by tests. */
  readonly name: string;
  /** Heading of its column, at most 20 characters. */
  readonly title: string;
  readonly when?: (target: CheckTarget) => boolean;
  readonly facts: (target: CheckTarget) => F;
  /** At least one finding. */
  readonly judge: (context: CheckTarget & { readonly facts: FactValues<F> }) => readonly Finding[];
}

/** One question about the machines together: what must differ between them, or agree. */
export interface FleetCheck<F extends FactSpec = FactSpec> {
  readonly name: string;
  readonly title: string;
  readonly facts: (target: CheckTarget) => F;
  /** Only nodes that answered are in `nodes`. The result has the nodes that something is said of; the others are fine. */
  readonly judge: (context: {
    readonly cluster: ClusterSpec;
    readonly nodes: ReadonlyMap<string, FactValues<F>>;
  }) => ReadonlyMap<string, readonly Finding[]>;
}

/** Keeps the types of a check's own facts while it is written, then forgets them. */
export const check = <F extends FactSpec>(one: Check<F>): Check => one as unknown as Check;
export const fleetCheck = <F extends FactSpec>(one: FleetCheck<F>): FleetCheck => one as unknown as FleetCheck;

/** One check's answer for one node, as every report shows it. */
export interface Result {
  readonly check: string;
  readonly title: string;
  readonly node: string;
  readonly findings: readonly Finding[];
  /** Set when the inventory allows it all the same: preflight.allow. */
  readonly waived?: { readonly reason: string };
}
