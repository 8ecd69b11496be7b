import type { Diagnostic } from "../model/diagnostic.ts";
import { formatPlace } from "../model/diagnostic.ts";
import { type Paint, paint } from "./renderPaint.ts";
import { padTo, printable, printableLines, wrapTo } from "./renderText.ts";

export interface TextOptions {
  readonly color: boolean;
  /** Terminal columns; Infinity where lines need not be broken. */
  readonly width: number;
}

/** Lines of one reply that are shown; logs of a node may be long. */
const maxSeen = 20;

/**
 * Errors and warnings as indented lines: the place, the message, what was seen, what to try. What is equal but for
 * the node is told once, with all nodes before it.
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: TextOptions): readonly string[] {
  const colors = paint(options.color);
  const groups = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const { node: _, ...place } = diagnostic.place;
    const key = JSON.stringify({ ...diagnostic, place, of: diagnostic.place.node === undefined });
    groups.set(key, [...(groups.get(key) ?? []), diagnostic]);
  }
  return [...groups.values()].flatMap((group) => one(group, colors, options.width));
}

function one(group: readonly Diagnostic[], colors: Paint, width: number): readonly string[] {
  const [first] = group;
  if (first === undefined) return [];
  const nodes = [...new Set(group.flatMap(({ place }) => place.node ?? []))].join(", ");
  const place = printable(formatPlace(nodes === "" ? first.place : { ...first.place, node: nodes }));
  const color = first.severity === "error" ? colors.red : colors.yellow;
  const text = `${printable(first.message)}  [${printable(first.code)}]`;
  const head = place === "" ? [] : [color(place)];
  return [
    ...head.map((line) => `  ${line}`),
    ...wrapTo(text, width - 4).map((line) => `    ${line}`),
    ...labelled("seen", first.seen, width).map((line) => colors.dim(line)),
    ...labelled("try", first.hint, width),
  ];
}

function labelled(label: string, text: string | undefined, width: number): readonly string[] {
  if (text === undefined || text === "") return [];
  const all = printableLines(text);
  const lines = all.length > maxSeen ? [...all.slice(0, maxSeen), `… ${all.length - maxSeen} more lines`] : all;
  return lines
    .flatMap((line) => wrapTo(line, width - 10))
    .map((line, index) => `    ${padTo(index === 0 ? `${label}:` : "", 6)}${line}`);
}
