import type { ClusterSpec } from "../../model/cluster.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { PlaceFinder } from "../placeFinder.ts";

/** Looks at a whole cluster, and says what is wrong and where. Pure. */
export type Rule = (cluster: ClusterSpec, places: PlaceFinder) => readonly Diagnostic[];

const rules: readonly Rule[] = [];

/** What all rules have to say, in the order of the file. */
export const checkRules = (cluster: ClusterSpec, places: PlaceFinder): Diagnostic[] =>
  rules
    .flatMap((rule) => rule(cluster, places))
    .sort((a, b) => (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0));
