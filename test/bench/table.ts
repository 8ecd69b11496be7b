import type { Timing } from "./commands.ts";

/** The first timing is the measure: every ratio is against it. */
export function table([base, ...others]: readonly Timing[]): string {
  if (base === undefined) return "";
  const rows = [base, ...others].map((timing) => [
    timing.label,
    `${(timing.whole / 1000).toFixed(2)} s`,
    `${(timing.whole / base.whole).toFixed(1)}x`,
    `${timing.each.toFixed(1)} ms`,
    `${(timing.each / base.each).toFixed(1)}x`,
  ]);
  const all = [["", "with login", "", "each", ""], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
