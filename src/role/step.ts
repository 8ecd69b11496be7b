import type { Catalog } from "../artifacts/catalog.ts";
import type { FactSpec, FactValues } from "../facts/fact.ts";
import type { ClusterSpec, NodeSpec } from "../model/cluster.ts";
import type { Secret } from "../model/secret.ts";
import type { Action, Condition } from "./action.ts";
import type { Verdict } from "./verdict.ts";

export interface ChartRelease {
  readonly name: string;
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What a role may know before anything is looked at. */
export interface Target {
  readonly cluster: ClusterSpec;
  readonly catalog: Catalog;
  /** Text of templates/<name> with `data` filled in. Throws on an unknown name or a missing value. */
  readonly render: (name: string, data: Readonly<Record<string, unknown>>) => string;
  /** A manifest (format "text") of the catalog, already fetched and verified. */
  readonly text: (name: string, version: string) => string;
  /** What Helm makes of a chart (format "chart") of the catalog with these values, as YAML documents. Throws ProvisionError (exit 3) with Helm's words. */
  readonly chart: (name: string, version: string, release: ChartRelease) => string;
  /** Unguessable bytes as lower-case hex, equal for equal labels within one run. */
  readonly entropy: (label: string, bytes: number) => Secret;
}

export interface NodeTarget extends Target {
  readonly node: NodeSpec;
}

/** The cluster as its API answers: "none" before the first init, "down" when it was set up but nobody answers. */
export type ApiState = "none" | "down" | "up";

export interface NodeContext<F extends FactSpec, K extends FactSpec> extends NodeTarget {
  readonly facts: FactValues<F>;
  /** Facts of the cluster, from any healthy control plane; null unless `api` is "up". */
  readonly kube: FactValues<K> | null;
  readonly api: ApiState;
}

export interface ClusterContext<K extends FactSpec> extends Target {
  readonly kube: FactValues<K> | null;
  readonly api: ApiState;
}

/** "containerd/config" on the same node; or every node's, the first control plane's, or that of the node whose turn comes before this one's. */
export type Dependency =
  | string
  | { readonly step: string; readonly on: "every-node" | "first-control-plane" | "previous-control-plane" | "previous-node" };

interface StepBase {
  /** "role/step". */
  readonly id: string;
  readonly summary: string;
  readonly after?: readonly Dependency[];
}

/** One thing a node must be. Never loops over nodes, never knows which verb runs. All functions are pure. */
export interface NodeStep<F extends FactSpec = FactSpec, K extends FactSpec = FactSpec> extends StepBase {
  readonly scope: "node";
  /**
   * Changes nothing that runs: it only brings what a later step starts (programs to the store, images). An upgrade does these on
   * all nodes at once, before the first node is drained.
   */
  readonly stage?: true;
  /** Which nodes have it; absent: all. */
  readonly when?: (node: NodeSpec, cluster: ClusterSpec) => boolean;
  readonly facts: (target: NodeTarget) => F;
  readonly kube?: (target: NodeTarget) => K;
  readonly check: (context: NodeContext<F, K>) => Verdict;
  readonly apply: (context: NodeContext<F, K>) => readonly Action[];
  /** Must hold after apply, and whenever `verify` asks. */
  readonly verify?: (target: NodeTarget) => readonly Condition[];
  /**
   * Leads the node back to what it ran, after apply or verify failed; other nodes are not touched. `context` is that of before apply.
   * Empty: there is nothing to go back to.
   */
  readonly back?: (context: NodeContext<F, K>) => readonly Action[];
  /** What comes after it on its node rests on it: a node that was led back from it is not asked for that. */
  readonly basis?: true;
  /** Takes this step's traces off the node, for `reset`. Runs in reverse order of dependencies. */
  readonly remove?: (target: NodeTarget) => readonly Action[];
}

/** One thing the cluster must be, once. */
export interface ClusterStep<K extends FactSpec = FactSpec> extends StepBase {
  readonly scope: "cluster";
  /** Changes how packets travel between pods: a run that changes it on a live cluster measures them before and after. */
  readonly measured?: true;
  readonly kube: (target: Target) => K;
  readonly check: (context: ClusterContext<K>) => Verdict;
  readonly apply: (context: ClusterContext<K>) => readonly Action[];
  readonly verify?: (target: Target) => readonly Condition[];
}

export type Step = NodeStep | ClusterStep;

/** Keeps the types of a step's own facts while it is written, then forgets them: the engine handles all steps alike. */
export const nodeStep = <F extends FactSpec, K extends FactSpec = Record<never, never>>(
  step: Omit<NodeStep<F, K>, "scope">,
): NodeStep => ({ ...step, scope: "node" }) as unknown as NodeStep;
export const clusterStep = <K extends FactSpec>(step: Omit<ClusterStep<K>, "scope">): ClusterStep =>
  ({ ...step, scope: "cluster" }) as unknown as ClusterStep;
