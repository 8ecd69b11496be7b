import { type Paint, paint } from "../plan/renderPaint.ts";
import { cutTo, padTo, printable, widthOf, wrapTo } from "../plan/renderText.ts";
import { type Outcome, outcomeOf } from "../preflight/results.ts";
import { foldNames } from "./preflightNames.ts";
import { checksOf, type PreflightReport, resultsByNode } from "./preflightReport.ts";

/** "-": that check is not asked of that node, or the node did not answer. */
const cellTexts: Readonly<Record<Outcome, string>> = {
  yes: "yes",
  inferred: "yes*",
  unknown: "?",
  warning: "warn",
  allowed: "waived",
  no: "no",
};
const gap = "  ";
const widestCell = Math.max(...Object.values(cellTexts).map(widthOf));
/** A heading wider than this becomes a letter, told below the table. */
const widestHeading = 24;
const widestTitle = 24;

interface Group {
  readonly names: readonly string[];
  readonly cells: ReadonlyMap<string, Outcome>;
}

interface Row {
  readonly name: string;
  readonly title: string;
}

/** A row a check, a column for all nodes with equal answers; columns that do not fit stand below, and then rows alike everywhere are told once. */
export function preflightTable(
  report: PreflightReport,
  options: { readonly color: boolean; readonly width: number },
): readonly string[] {
  const rows = checksOf(report);
  if (rows.length === 0) return [];
  const groups = groupsOf(report, rows);
  const headings = headingsOf(groups, report.nodes);
  const tooWide = headings.some((heading) => widthOf(heading) > Math.min(widestHeading, options.width - widestTitle));
  const labels = tooWide ? groups.map((_, index) => letters(index)) : headings;
  const draw = (some: readonly Row[], columns: readonly Column[]): readonly string[] =>
    block(some, columns, paint(options.color));
  const columns = groups.map((group, index) => ({ heading: labels[index] ?? "", cells: group.cells }));
  const legend = tooWide ? headings.flatMap((heading, index) => legendLine(labels[index] ?? "", heading, options.width)) : [];
  const bands = inBands(columns, rows, options.width);
  if (bands.length === 1) return [...draw(rows, columns), ...withSpace(legend), ...withSpace(marks(columns))];
  const same = rows.filter(({ name }) => new Set(groups.map(({ cells }) => cells.get(name))).size === 1);
  const other = rows.filter((row) => !same.includes(row));
  const everywhere = [{ heading: foldNames(report.nodes, report.nodes), cells: groups[0]?.cells ?? new Map() }];
  return [
    ...(same.length === 0 ? [] : [...draw(same, everywhere), ""]),
    ...bands.flatMap((band, index) => [...(index === 0 ? [] : [""]), ...draw(other, band)]),
    ...withSpace(legend),
    ...withSpace(marks(columns)),
  ];
}

interface Column {
  readonly heading: string;
  readonly cells: ReadonlyMap<string, Outcome>;
}

/** Nodes whose cells are the same, the first group first. */
function groupsOf(report: PreflightReport, rows: readonly Row[]): readonly Group[] {
  const groups = new Map<string, { names: string[]; cells: ReadonlyMap<string, Outcome> }>();
  for (const [node, results] of resultsByNode(report)) {
    const cells = new Map([...results].map(([name, result]) => [name, outcomeOf(result)]));
    const key = rows.map(({ name }) => cells.get(name) ?? "-").join(" ");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { names: [node], cells });
    else group.names.push(node);
  }
  return [...groups.values()];
}

/** The largest group, where its nodes are scattered, is what the others leave. */
function headingsOf(groups: readonly Group[], all: readonly string[]): readonly string[] {
  const most = Math.max(...groups.map(({ names }) => names.length));
  const largest = groups.findIndex(({ names }) => names.length === most);
  return groups.map(({ names }, index) => {
    const folded = foldNames(names, all);
    return index === largest && groups.length > 1 && widthOf(folded) > widestHeading ? `all others (${most})` : folded;
  });
}

const widthOfColumn = ({ heading }: Column): number => Math.max(widestCell, widthOf(heading));
const titleWidth = (rows: readonly Row[]): number =>
  Math.min(widestTitle, Math.max(...rows.map(({ title }) => widthOf(printable(title)))));

function inBands(columns: readonly Column[], rows: readonly Row[], width: number): readonly (readonly Column[])[] {
  const bands: Column[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const column of columns) {
    const more = gap.length + widthOfColumn(column);
    if (used + more > width) {
      bands.push([]);
      used = titleWidth(rows);
    }
    bands.at(-1)?.push(column);
    used += more;
  }
  return bands;
}

function block(rows: readonly Row[], columns: readonly Column[], colors: Paint): readonly string[] {
  const first = titleWidth(rows);
  const line = (title: string, cells: readonly string[]): string =>
    [padTo(cutTo(printable(title), first), first), ...cells].join(gap).trimEnd();
  return [
    colors.bold(
      line(
        "",
        columns.map((column) => padTo(column.heading, widthOfColumn(column))),
      ),
    ),
    ...rows.map(({ name, title }) =>
      line(
        title,
        columns.map((column) => cell(column, name, colors)),
      ),
    ),
  ];
}

function cell(column: Column, name: string, colors: Paint): string {
  const outcome = column.cells.get(name);
  const width = widthOfColumn(column);
  if (outcome === undefined) return padTo("-", width);
  const text = cellTexts[outcome];
  return colorOf(colors, outcome)(text) + " ".repeat(width - widthOf(text));
}

const colorOf = (colors: Paint, outcome: Outcome): ((text: string) => string) =>
  ({
    yes: colors.green,
    inferred: colors.green,
    unknown: colors.yellow,
    warning: colors.yellow,
    allowed: colors.yellow,
    no: colors.red,
  })[outcome];

/** A, B, … Z, AA, AB, … */
const letters = (index: number): string =>
  (index < 26 ? "" : letters(Math.floor(index / 26) - 1)) + String.fromCharCode(65 + (index % 26));

const legendLine = (label: string, heading: string, width: number): readonly string[] =>
  wrapTo(heading, width - 5).map((line, index) => `${padTo(index === 0 ? `${label}:` : "", 4)} ${line}`);

/** What the cells that do not speak for themselves mean. */
function marks(columns: readonly Column[]): readonly string[] {
  const shown = new Set(columns.flatMap(({ cells }) => [...cells.values()]));
  return [
    ...(shown.has("inferred") ? ["yes* inferred, not tried (--details says from what)"] : []),
    ...(shown.has("unknown") ? ["?    could not be found out"] : []),
    ...(shown.has("allowed") ? ["waived  allowed by the inventory's preflight.allow"] : []),
  ];
}

const withSpace = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ["", ...lines]);
