import type { ClusterSpec } from "../model/cluster.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { nearest } from "../model/nearest.ts";
import type { Result } from "./check.ts";
import { outcomeOf } from "./results.ts";

type Allow = ClusterSpec["preflight"]["allow"][number];

export interface WaiveScope {
  /** Every check there is, by name. */
  readonly known: readonly string[];
  /** Those that were asked this time; of the others nobody can say whether their waivers are still of use. */
  readonly asked: readonly string[];
}

/**
 * Marks what the inventory allows. Diagnostics: an error for a check that does not exist, a warning for an entry that nothing needs
 * (any more). Machines without a result are given the benefit of the doubt.
 */
export function waive(
  results: readonly Result[],
  cluster: Pick<ClusterSpec, "preflight" | "nodes" | "source">,
  { known, asked }: WaiveScope,
): { readonly results: readonly Result[]; readonly diagnostics: readonly Diagnostic[] } {
  const { allow } = cluster.preflight;
  const marked = results.map((result) => {
    const entry = allow.find((one) => matches(one, result));
    return entry !== undefined && needsWaiver(result) ? { ...result, waived: { reason: entry.reason } } : result;
  });
  const place = { file: cluster.source };
  const diagnostics = allow.flatMap((entry): readonly Diagnostic[] => {
    if (!known.includes(entry.check)) return [{ ...unknownCheck(entry, known), place }];
    if (entry.node !== "*" && !cluster.nodes.some(({ name }) => name === entry.node))
      return [{ ...unknownNode(entry, cluster), place }];
    return asked.includes(entry.check) && isIdle(entry, results, cluster) ? [{ ...idle(entry), place }] : [];
  });
  return { results: marked, diagnostics };
}

const matches = (entry: Allow, { check, node }: Result): boolean =>
  entry.check === check && (entry.node === "*" || entry.node === node);

const needsWaiver = (result: Result): boolean => ["no", "warning"].includes(outcomeOf(result));

/** Every machine that the entry speaks of has answered, and none needs it. */
function isIdle(entry: Allow, results: readonly Result[], { nodes }: Pick<ClusterSpec, "nodes">): boolean {
  const answered = new Set(results.map(({ node }) => node));
  const meant = nodes.filter(({ name }) => entry.node === "*" || entry.node === name);
  if (!meant.every(({ name }) => answered.has(name))) return false;
  return !results.some((result) => matches(entry, result) && (needsWaiver(result) || outcomeOf(result) === "unknown"));
}

const named = ({ check, node }: Allow): string => `preflight.allow of ${check} on ${node === "*" ? "any node" : node}`;

function unknownCheck(entry: Allow, known: readonly string[]): Omit<Diagnostic, "place"> {
  const near = nearest(entry.check, known);
  return {
    severity: "error",
    code: "preflight/unknown-check",
    message: `${named(entry)}: there is no check of that name`,
    hint: near === null ? "docs/preflight.md lists the checks" : `is ${near} meant?`,
  };
}

function unknownNode(entry: Allow, { nodes }: Pick<ClusterSpec, "nodes">): Omit<Diagnostic, "place"> {
  const near = nearest(
    entry.node,
    nodes.map(({ name }) => name),
  );
  return {
    severity: "warning",
    code: "preflight/unused-waiver",
    message: `${named(entry)}: the inventory has no node of that name`,
    hint: near === null ? "take the entry out, or name a node of this inventory" : `is ${near} meant?`,
  };
}

const idle = (entry: Allow): Omit<Diagnostic, "place"> => ({
  severity: "warning",
  code: "preflight/unused-waiver",
  message: `${named(entry)} is not needed: there is nothing to allow`,
  hint: "take the entry out, so that it cannot hide what comes later",
});
