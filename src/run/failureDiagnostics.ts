import { FactError } from "../facts/fact.ts";
import { HostError } from "../host/host.ts";
import { type Diagnostic, formatPlace } from "../model/diagnostic.ts";
import type { Verdict } from "../role/verdict.ts";
import { nodeDiagnostic } from "./look.ts";
import { StepFailure } from "./stepFailure.ts";

/** A step may not go on although the plan thought so: what it depends on changed in between. */
export class Blocked extends Error {
  readonly verdict: Extract<Verdict, { status: "blocked" }>;
  constructor(verdict: Extract<Verdict, { status: "blocked" }>) {
    super(verdict.reasons.map((reason) => reason.message).join("; "));
    this.verdict = verdict;
  }
}

/** What went wrong, for a person, with node and step. Rethrows what is a mistake of this program. */
export function failureDiagnostics(
  at: { readonly step: string; readonly node: string | null },
  error: unknown,
): readonly Diagnostic[] {
  const place = { ...(at.node === null ? {} : { node: at.node }), step: at.step };
  if (error instanceof Blocked) return error.verdict.reasons.map((reason) => ({ severity: "error", place, ...reason }));
  if (error instanceof StepFailure) {
    const { code, message, seen, hint } = error;
    return [
      {
        severity: "error",
        code,
        message,
        place,
        ...(seen === undefined ? {} : { seen }),
        ...(hint === undefined ? {} : { hint }),
      },
    ];
  }
  if (error instanceof HostError || error instanceof FactError) return [{ ...nodeDiagnostic(place.node ?? "", error), place }];
  if (error instanceof Error && "diagnostics" in error) return (error as { diagnostics: readonly Diagnostic[] }).diagnostics;
  throw new Error(`${formatPlace(place)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
