import type { FactSpec, FactValues } from "../../facts/fact.ts";
import type { ClusterSpec, NodeSpec } from "../../model/cluster.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Target } from "../../role/step.ts";
import type { Hop } from "../hops.ts";

/** One version step, and what of the cluster it would touch. */
export interface HopTarget {
  /** As it will be when the hop is done. */
  readonly cluster: ClusterSpec;
  readonly catalog: Target["catalog"];
  readonly hop: Hop;
  /** Names of nodes that programs or images are brought to. */
  readonly staging: ReadonlySet<string>;
  /** Names of nodes whose pods are moved away. */
  readonly draining: ReadonlySet<string>;
}

export interface RefusalContext<K extends FactSpec, N extends FactSpec> extends HopTarget {
  /** Seconds since 1970. */
  readonly now: number;
  readonly kube: FactValues<K>;
  /** By name of the node; those that answered. */
  readonly nodes: ReadonlyMap<string, FactValues<N>>;
}

/** One reason not to begin. Errors block the upgrade, warnings are told. All functions are pure. */
export interface Refusal<K extends FactSpec = FactSpec, N extends FactSpec = FactSpec> {
  readonly name: string;
  /** What it finds may pass by itself within seconds, such as a static pod that starts: it is asked again before it counts. */
  readonly passes?: true;
  readonly kube?: (target: HopTarget) => K;
  readonly node?: (target: HopTarget & { readonly node: NodeSpec }) => N;
  readonly judge: (context: RefusalContext<K, N>) => readonly Diagnostic[];
}

/** Keeps the types of a refusal's own facts while it is written, then forgets them. */
export const refusal = <K extends FactSpec = Record<never, never>, N extends FactSpec = Record<never, never>>(
  one: Refusal<K, N>,
): Refusal => one as unknown as Refusal;

export interface Told {
  readonly message: string;
  readonly node?: string;
  readonly seen?: string;
  /** What to do, and the rule's source. */
  readonly hint: string;
}

const tell =
  (severity: Diagnostic["severity"]) =>
  (code: string, { node, message, seen, hint }: Told): Diagnostic => ({
    severity,
    code: `upgrade/${code}`,
    message,
    place: node === undefined ? {} : { node },
    ...(seen === undefined ? {} : { seen }),
    hint,
  });

export const refuse = tell("error");
export const warn = tell("warning");

/** "a, b and 3 more" */
export const listed = (names: readonly string[], most = 6): string =>
  names.length <= most ? names.join(", ") : `${names.slice(0, most - 1).join(", ")} and ${names.length - most + 1} more`;
