import type { Change } from "../role/verdict.ts";
import { diffText } from "./diffText.ts";
import type { TextOptions } from "./renderDiagnostics.ts";
import { type Paint, paint } from "./renderPaint.ts";
import { padTo, printable, widthOf, wrapTo } from "./renderText.ts";

export interface PlanTextOptions extends TextOptions {
  /** Unified diffs of files and objects under each change. */
  readonly diff: boolean;
}

interface Look {
  readonly sign: string;
  readonly color: keyof Paint;
  /** The sign alone says what is done. */
  readonly plain: boolean;
}

const looks: Readonly<Record<Change["action"], Look>> = {
  create: { sign: "+", color: "green", plain: true },
  update: { sign: "~", color: "yellow", plain: true },
  set: { sign: "~", color: "yellow", plain: true },
  delete: { sign: "-", color: "red", plain: true },
  pull: { sign: "^", color: "cyan", plain: true },
  run: { sign: ">", color: "blue", plain: true },
  start: { sign: ">", color: "blue", plain: false },
  restart: { sign: ">", color: "blue", plain: false },
  stop: { sign: ">", color: "blue", plain: false },
  enable: { sign: ">", color: "blue", plain: false },
  look: { sign: "?", color: "blue", plain: true },
};

const labelOf = ({ what, action }: Change): string => (what === "unit" && !looks[action].plain ? action : what);
const targetOf = (change: Change): string =>
  printable(change.what === "unit" || looks[change.action].plain ? change.target : `${change.action} ${change.target}`);

const indent = "    ";
const labelWidth = 7;
/** A target longer than this does not push the details of its neighbours to the right. */
const widestColumn = 64;

/** One line a change (more where it is too long for the width), details of neighbours of one kind in one column. */
export function renderChanges(changes: readonly Change[], options: PlanTextOptions): readonly string[] {
  const column = new Map<string, number>();
  for (const change of changes) {
    const width = widthOf(targetOf(change));
    if (width <= widestColumn) column.set(labelOf(change), Math.max(column.get(labelOf(change)) ?? 0, width));
  }
  return changes.flatMap((change) => renderChange(change, column.get(labelOf(change)) ?? 0, options));
}

function renderChange(change: Change, column: number, options: PlanTextOptions): readonly string[] {
  const colors = paint(options.color);
  const { sign, color } = looks[change.action];
  const label = padTo(labelOf(change), labelWidth);
  const target = targetOf(change);
  const notes = [
    ...(change.detail === undefined ? [] : [detailText(change.detail)]),
    ...(change.disrupts === undefined ? [] : [`disrupts: ${printable(change.disrupts)}`]),
  ];
  const paintNote = (note: string): string => (note.startsWith("disrupts: ") ? colors.red(note) : colors.dim(note));
  const head = `${indent}${colors[color](`${sign} ${label}`)} `;
  const line = [padTo(target, notes.length === 0 ? 0 : column), ...notes].join("  ");
  const fits = widthOf(head) + widthOf(line) <= options.width;
  const hang = " ".repeat(indent.length + labelWidth + 5);
  const lines = fits
    ? [head + [padTo(target, notes.length === 0 ? 0 : column), ...notes.map(paintNote)].join("  ")]
    : [
        head + target,
        ...notes.flatMap((note) => wrapTo(note, options.width - hang.length).map((part) => hang + paintNote(part))),
      ];
  return options.diff ? [...lines, ...renderDiff(change, colors)] : lines;
}

const detailText = (detail: string): string => (detail.startsWith("-> ") ? printable(detail) : `(${printable(detail)})`);

function renderDiff(change: Change, colors: Paint): readonly string[] {
  if (change.before === undefined && change.after === undefined) return [];
  const color = (line: string): string => {
    if (line.startsWith("+")) return colors.green(line);
    if (line.startsWith("-")) return colors.red(line);
    return line.startsWith("@@") ? colors.cyan(line) : line;
  };
  return diffText(change.before ?? "", change.after ?? "").map((line) => (line === "" ? "" : `${indent}    ${color(line)}`));
}
