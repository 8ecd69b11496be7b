import { cutTo, printable, widthOf } from "../plan/renderText.ts";

/**
 * Names in a few words, in the order of `all`: three and more that stand together there become "w-1 … w-299", and a count follows.
 * All of several are "all 300 nodes". At most `pieces` names or ranges are written out.
 */
export function foldNames(names: readonly string[], all: readonly string[], pieces = Number.POSITIVE_INFINITY): string {
  if (names.length === all.length && all.length > 1) return `all ${all.length} nodes`;
  const wanted = new Set(names);
  const runs: string[][] = [];
  let before = -2;
  all.forEach((name, index) => {
    if (!wanted.has(name)) return;
    if (index === before + 1) runs.at(-1)?.push(name);
    else runs.push([name]);
    before = index;
  });
  const texts = runs.flatMap((run) =>
    run.length < 3 ? run.map(printable) : [`${printable(run[0] ?? "")} … ${printable(run.at(-1) ?? "")}`],
  );
  const shown = texts.length <= pieces ? texts : [...texts.slice(0, pieces), "and more"];
  return `${shown.join(", ")}${names.length < 3 ? "" : ` (${names.length})`}`;
}

/** The same in one line of `width` columns: as many names and ranges as have room. */
export function foldNamesTo(width: number, names: readonly string[], all: readonly string[]): string {
  for (let pieces = 12; pieces > 1; pieces--) {
    const folded = foldNames(names, all, pieces);
    if (widthOf(folded) <= width) return folded;
  }
  return foldNames(names, all, 1);
}

/** At most `columns` of a text that may be megabytes long: measuring all of it would take seconds. */
export const shorten = (text: string, columns: number): string => cutTo(text.slice(0, 2 * columns + 2), columns);
