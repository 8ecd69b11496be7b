import { cutTo, padTo, printable, widthOf } from "../plan/renderText.ts";

const gap = "  ";
/** A column narrower than this says too little to be worth its place. */
const narrowest = 6;

/**
 * Rows in columns, every cell harmless. Where it is too wide, the widest columns are cut, so that each row stays one line and its
 * name stays whole.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], width: number): readonly string[] {
  const cells = [head, ...rows.map((row) => row.map(printable))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ""))));
  const room = width - gap.length * (widths.length - 1);
  while (widths.reduce((sum, one) => sum + one, 0) > room) {
    const widest = widths.indexOf(Math.max(...widths.slice(1)), 1);
    if ((widths[widest] ?? 0) <= narrowest) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return cells.map((row) =>
    widths
      .map((columns, index) => padTo(cutTo(row[index] ?? "", columns), columns))
      .join(gap)
      .trimEnd(),
  );
}
