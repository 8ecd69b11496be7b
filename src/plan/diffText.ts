import { structuredPatch } from "diff";
import { printableLines } from "./renderText.ts";

/** Beyond this many differing lines the search for the shortest diff is given up: a node could send text that keeps it busy for hours. */
const maxEdits = 2000;
const maxLines = 400;

/** Unified diff with 3 lines of context, without file headers, each line harmless. At most 400 lines; the last then says how many are missing. */
export function diffText(before: string, after: string): readonly string[] {
  const patch = structuredPatch("", "", before, after, undefined, undefined, { context: 3, maxEditLength: maxEdits });
  const lines = patch === undefined ? replaced(before, after) : patch.hunks.flatMap((hunk) => [header(hunk), ...hunk.lines]);
  const shown = lines.slice(0, maxLines).map((line) => (printableLines(line)[0] ?? "").replace(/^ $/, ""));
  return lines.length > maxLines ? [...shown, `… ${lines.length - maxLines} more lines`] : shown;
}

const header = (hunk: { oldStart: number; oldLines: number; newStart: number; newLines: number }): string =>
  `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`;

function replaced(before: string, after: string): readonly string[] {
  const old = before.replace(/\n$/, "").split("\n");
  const next = after.replace(/\n$/, "").split("\n");
  return [`@@ -1,${old.length} +1,${next.length} @@`, ...old.map((line) => `-${line}`), ...next.map((line) => `+${line}`)];
}
