import type { Answer, Finding } from "../kernel/answer.ts";
import { type Paint, paint } from "../plan/renderPaint.ts";
import { printable, wrapTo } from "../plan/renderText.ts";
import type { Result } from "../preflight/check.ts";
import { foldNames, shorten } from "./preflightNames.ts";
import type { PreflightTextOptions } from "./preflightProblems.ts";
import { checksOf, type PreflightReport } from "./preflightReport.ts";

/** Columns of what one finding says, before it is wrapped. */
const longest = 2000;

/** Every finding of every check: what was seen, or what it was inferred from. Nodes with equal findings stand under one heading. */
export function preflightDetails(report: PreflightReport, options: PreflightTextOptions): readonly string[] {
  const colors = paint(options.color);
  return checksOf(report).flatMap(({ name, title }) => {
    const groups = equal(report.results.filter(({ check }) => check === name));
    return [
      `${colors.bold(printable(title))}  [${printable(name)}]`,
      ...groups.flatMap(({ result, nodes }) => [
        ...wrapTo(foldNames(nodes, report.nodes), options.width - 2).map((line) => `  ${line}`),
        ...(result.waived === undefined ? [] : indented(`allowed by the inventory: ${result.waived.reason}`, options.width)),
        ...result.findings.flatMap((finding) => tell(finding, colors, options.width)),
      ]),
    ];
  });
}

function equal(results: readonly Result[]): readonly { readonly result: Result; readonly nodes: readonly string[] }[] {
  const groups = new Map<string, { result: Result; nodes: string[] }>();
  for (const result of results) {
    const key = JSON.stringify([result.findings, result.waived]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { result, nodes: [result.node] });
    else group.nodes.push(result.node);
  }
  return [...groups.values()];
}

function tell({ what, answer }: Finding, colors: Paint, width: number): readonly string[] {
  const [word, color] = wordOf(answer, colors);
  const lines = indented(`${what}: ${word}${said(answer)}`, width);
  const hint = answer.says !== "yes" && answer.hint !== undefined ? indented(`try: ${answer.hint}`, width, 6) : [];
  return [...lines.map((line) => (answer.says === "yes" ? line : color(line))), ...hint];
}

const wordOf = (answer: Answer, colors: Paint): readonly [string, (text: string) => string] => {
  if (answer.says === "yes") return [answer.by === "seen" ? "yes, seen: " : "yes*, inferred from: ", colors.green];
  if (answer.says === "unknown") return ["? not known: ", colors.yellow];
  return answer.severity === "error" ? ["no: ", colors.red] : ["doubtful: ", colors.yellow];
};

function said(answer: Answer): string {
  if (answer.says === "yes") return answer.from;
  return answer.says === "no" && answer.seen !== undefined ? `${answer.why}; seen: ${answer.seen}` : answer.why;
}

const indented = (text: string, width: number, indent = 4): readonly string[] =>
  wrapTo(printable(shorten(text, longest)), width - indent - 2).map(
    (line, index) => `${" ".repeat(index === 0 ? indent : indent + 2)}${line}`,
  );
