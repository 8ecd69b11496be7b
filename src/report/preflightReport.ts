import type { Diagnostic } from "../model/diagnostic.ts";
import type { Result } from "../preflight/check.ts";
import { blocks, outcomeOf } from "../preflight/results.ts";

/** What preflight found, for every way to show it. */
export interface PreflightReport {
  readonly cluster: string;
  /** All of the inventory, in its order; one without results did not answer, and a diagnostic says why. */
  readonly nodes: readonly string[];
  readonly results: readonly Result[];
  readonly diagnostics: readonly Diagnostic[];
  /** Checks that were asked for the answer's sake, by name: the cluster does not need them, and a no of theirs blocks nothing. */
  readonly besides: ReadonlySet<string>;
}

/** Counts of a report. Of nodes: all, those that cannot be nodes, and those among these that could not be looked at. */
export interface PreflightSummary {
  readonly nodes: number;
  readonly blocked: number;
  readonly unreachable: number;
  /** Errors that are no node's. */
  readonly inventory: number;
  /** Results that come to a warning, and warnings beside them. */
  readonly warnings: number;
  readonly unknown: number;
  readonly waived: number;
}

export function summaryOf({ nodes, results: all, diagnostics, besides }: PreflightReport): PreflightSummary {
  const results = all.filter(({ check }) => !besides.has(check));
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const unreachable = new Set(errors.flatMap(({ place }) => place.node ?? []));
  const blocked = new Set([...unreachable, ...results.filter(blocks).map(({ node }) => node)]);
  const outcomes = results.map(outcomeOf);
  const how = (wanted: string): number => outcomes.filter((one) => one === wanted).length;
  return {
    nodes: nodes.length,
    blocked: blocked.size,
    unreachable: unreachable.size,
    inventory: errors.filter(({ place }) => place.node === undefined).length,
    warnings: how("warning") + diagnostics.length - errors.length,
    unknown: how("unknown"),
    waived: how("allowed"),
  };
}

/** Whether `up` would refuse. */
export const isRefused = (report: PreflightReport): boolean => {
  const { blocked, inventory } = summaryOf(report);
  return blocked + inventory > 0;
};

/** Results of each node by the name of their check. */
export function resultsByNode({ nodes, results }: PreflightReport): ReadonlyMap<string, ReadonlyMap<string, Result>> {
  const all = new Map(nodes.map((node) => [node, new Map<string, Result>()]));
  for (const result of results) all.get(result.node)?.set(result.check, result);
  return all;
}

/** The checks of a report, in the order in which they come first. */
export const checksOf = ({ results }: PreflightReport): readonly { readonly name: string; readonly title: string }[] => [
  ...new Map(results.map(({ check, title }) => [check, { name: check, title }])).values(),
];
