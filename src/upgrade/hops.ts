import { compareMinors, isAtLeast, minorOf } from "../model/versions.ts";

/** One minor (or patch) step of a live cluster. */
export interface Hop {
  readonly from: string;
  readonly to: string;
}

export type Road =
  | { readonly hops: readonly Hop[] }
  | { readonly refused: "downgrade" }
  /** A minor on the way has no version in the catalog. */
  | { readonly refused: "gap"; readonly minor: string };

/**
 * The way from the live version to the wanted one: minors are never skipped (kubernetes/website releases/version-skew-policy), and each
 * one on the way is crossed at its newest version in `available`. Equal versions: one hop, which changes whatever else differs.
 */
export function hops(live: string, wanted: string, available: readonly string[]): Road {
  if (!isAtLeast(wanted, live)) return { refused: "downgrade" };
  const road: Hop[] = [];
  let from = live;
  for (let minor = next(minorOf(live)); compareMinors(minor, minorOf(wanted)) < 0; minor = next(minor)) {
    const newest = available.filter((one) => minorOf(one) === minor).reduce(newer, "");
    if (newest === "") return { refused: "gap", minor };
    road.push({ from, to: newest });
    from = newest;
  }
  return { hops: [...road, { from, to: wanted }] };
}

const next = (minor: string): string => {
  const [major, number] = minor.split(".");
  return `${major}.${Number(number) + 1}`;
};

const newer = (a: string, b: string): string => (a === "" || isAtLeast(b, a) ? b : a);
