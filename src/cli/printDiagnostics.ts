import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Diagnostic, formatPlace } from "../model/diagnostic.ts";
import { renderDiagnostics } from "../plan/renderDiagnostics.ts";
import { paint } from "../plan/renderPaint.ts";
import { printable } from "../plan/renderText.ts";
import type { CliIo } from "./cliIo.ts";

/** Diagnostics for people on stderr, or for programs as one JSON object on stdout. */
export function printDiagnostics(io: CliIo, diagnostics: readonly Diagnostic[], options: { readonly json: boolean }): void {
  if (options.json) {
    io.stdout(`${JSON.stringify({ ok: !diagnostics.some((one) => one.severity === "error"), diagnostics })}\n`);
    return;
  }
  const onNodes = diagnostics.filter(({ place }) => place.node !== undefined || place.step !== undefined);
  const others = diagnostics.filter((one) => !onNodes.includes(one));
  const sources = new Map<string, readonly string[]>();
  const lineOf = ({ place }: Diagnostic): string | undefined => {
    if (place.file === undefined || place.line === undefined) return undefined;
    const lines = sources.get(place.file) ?? readLines(resolve(io.cwd, place.file));
    sources.set(place.file, lines);
    return lines[place.line - 1];
  };
  const lines = [
    ...others.flatMap((one) => render(one, lineOf(one), io.color)),
    ...renderDiagnostics(onNodes, { color: io.color, width: io.width }),
  ];
  io.stderr(`${lines.join("\n")}\n`);
}

/** "error: file:1:2: message", the line with a caret under the place, what was seen, what to try. */
function render(diagnostic: Diagnostic, source: string | undefined, color: boolean): readonly string[] {
  const { severity, place, message, seen, hint } = diagnostic;
  const colors = paint(color);
  const painted = severity === "error" ? colors.red(severity) : colors.yellow(severity);
  return [
    `${painted}: ${printable([formatPlace(place), message].filter((part) => part !== "").join(": "))}`,
    ...(source === undefined || source.trim() === "" ? [] : excerpt(source, place.column ?? 1)),
    ...(seen === undefined ? [] : [`  seen: ${printable(seen)}`]),
    ...(hint === undefined ? [] : [`  hint: ${printable(hint)}`]),
  ];
}

/** How much of a long line is shown around the place. */
const width = 100;

function excerpt(source: string, column: number): readonly string[] {
  const start = column > width - 20 ? column - width / 2 : 0;
  const text = printable(source.slice(start, start + width).replaceAll("\t", " "));
  return [`  | ${text}`, `  | ${" ".repeat(Math.max(0, Math.min(column - 1 - start, width)))}^`];
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split(/\r?\n/);
  } catch {
    return []; // the message stands without its line
  }
}
