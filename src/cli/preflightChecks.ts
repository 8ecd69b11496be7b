import { allFeatures } from "../kernel/features.ts";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import { nearest } from "../model/nearest.ts";
import { betweenChecks } from "../preflight/between/judgeBetween.ts";
import type { CheckTarget } from "../preflight/check.ts";
import { fleetChecks } from "../preflight/fleet/index.ts";
import { hostChecks } from "../preflight/host/index.ts";
import { kernelChecks } from "../preflight/kernelChecks.ts";
import { type Checks, clockCheck } from "./preflightLook.ts";

/** All checks of single machines, and of several together, in the order of the report. */
export const allChecks: Checks = { node: [...hostChecks, ...kernelChecks], fleet: fleetChecks };

const names = (checks: readonly { readonly name: string }[]): readonly string[] => checks.map(({ name }) => name);

export const betweenNames = names(betweenChecks);
export const checkNames: readonly string[] = [
  ...names(hostChecks),
  clockCheck.name,
  ...names(fleetChecks),
  ...names(kernelChecks),
  ...betweenNames,
];

export interface Wanted {
  /** Asked for by name: a no of theirs counts like one of what the inventory asks for. */
  readonly named: readonly string[];
  /** All others, too, for the answer's sake. */
  readonly all: boolean;
}

/** What --feature asks for. Throws ProvisionError (exit 3) for a name that is no feature's. */
export function wantedFeatures(given: readonly string[]): Wanted {
  const strange = given.filter((name) => name !== "all" && !allFeatures.includes(name));
  if (strange.length > 0) throw new ProvisionError(strange.map(unknownFeature), 3);
  return { named: given.filter((name) => name !== "all"), all: given.includes("all") };
}

function unknownFeature(name: string): Diagnostic {
  const near = nearest(name, allFeatures);
  const message = `--feature ${name}: there is no feature of that name`;
  const hint = `${near === null ? "" : `is ${near} meant? `}There are: ${allFeatures.join(", ")}`;
  return { severity: "error", code: "preflight/unknown-feature", message, place: {}, hint };
}

/** Checks that none of the machines would be asked if `all` had not been said. */
export function checksBesides(targets: readonly CheckTarget[], wanted: Wanted): ReadonlySet<string> {
  const needed = targets.map((target) => ({ ...target, features: wanted.named }));
  const besides = allChecks.node.filter(({ when }) => when !== undefined && !needed.some((target) => when(target)));
  return new Set(names(besides));
}
