import type { ClusterSpec } from "../../model/cluster.ts";
import type { Diagnostic, Place } from "../../model/diagnostic.ts";
import type { PlaceFinder } from "../placeFinder.ts";

/** Looks at a whole cluster, and says what is wrong and where. Pure. */
export type Rule = (cluster: ClusterSpec, places: PlaceFinder) => readonly Diagnostic[];

export const error = (code: string, place: Place, message: string, hint?: string): Diagnostic =>
  diagnostic("error", code, place, message, hint);
export const warning = (code: string, place: Place, message: string, hint?: string): Diagnostic =>
  diagnostic("warning", code, place, message, hint);

const diagnostic = (
  severity: Diagnostic["severity"],
  code: string,
  place: Place,
  message: string,
  hint?: string,
): Diagnostic => ({
  severity,
  code: `inventory/${code}`,
  message,
  place,
  ...(hint !== undefined && { hint }),
});
