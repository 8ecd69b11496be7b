/** Something between two nodes that was tried. `state` null: it was all right. */
export interface Tried<T> {
  readonly from: string;
  readonly to: string;
  readonly bad: T | null;
}

/** Whom a failure is laid to: the node that nobody gets through to, the one that gets through to nobody, or else just the leg. */
export interface Accusation<T> {
  readonly about: "receiver" | "sender" | "leg";
  /** The node that is named: the receiver, or the sender where it is about that. */
  readonly node: string;
  readonly legs: readonly (Tried<T> & { readonly bad: T })[];
}

/**
 * As few accusations as explain all that failed. A node is accused only when it failed with at least two others and with all that tried:
 * with one witness nobody can say on which side it is. A sender moreover only when somebody else got through to one of those it did not:
 * filters mostly stand before what comes in. `tried` holds each pair at most once.
 */
export function accuse<T>(tried: readonly Tried<T>[]): readonly Accusation<T>[] {
  const isBad = (leg: Tried<T>): leg is Tried<T> & { readonly bad: T } => leg.bad !== null;
  const accusations: Accusation<T>[] = [];
  let left = tried.filter(isBad);
  for (const [about, end] of [
    ["receiver", "to"],
    ["sender", "from"],
  ] as const) {
    for (const node of [...new Set(left.map((leg) => leg[end]))]) {
      const all = tried.filter((leg) => leg[end] === node);
      const legs = left.filter((leg) => leg[end] === node);
      if (all.length < 2 || !all.every(isBad) || legs.length === 0) continue;
      if (about === "sender" && !legs.some(({ to }) => tried.some((leg) => leg.to === to && leg.bad === null))) continue;
      accusations.push({ about, node, legs });
      left = left.filter((leg) => leg[end] !== node);
    }
  }
  return [...accusations, ...left.map((leg) => ({ about: "leg", node: leg.to, legs: [leg] }) as const)];
}

/** "a", "a, b and c", "a, b and 7 more". */
export function listed(names: readonly string[]): string {
  if (names.length <= 1) return names.join("");
  const shown = names.length <= 3 ? names.slice(0, -1) : names.slice(0, 2);
  const rest = names.length - shown.length;
  return `${shown.join(", ")} and ${rest === 1 ? names.at(-1) : `${rest} more`}`;
}
