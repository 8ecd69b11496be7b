import { paint } from "../plan/renderPaint.ts";
import { count, printable } from "../plan/renderText.ts";
import { preflightDetails } from "./preflightDetails.ts";
import { type PreflightTextOptions, preflightProblems } from "./preflightProblems.ts";
import { type PreflightReport, summaryOf } from "./preflightReport.ts";
import { preflightTable } from "./preflightTable.ts";

/**
 * The report for a person, ending in a line feed: the table of checks and nodes, then everything that is not a plain yes in words, then one
 * line that says whether the machines can be nodes.
 */
export function renderPreflight(report: PreflightReport, options: PreflightTextOptions): string {
  const sections = [
    preflightTable(report, options),
    ...(options.details ? [preflightDetails(report, options)] : []),
    ...preflightProblems(report, options),
    [verdict(report, options.color)],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function verdict(report: PreflightReport, color: boolean): string {
  const colors = paint(color);
  const { nodes, blocked, unreachable, inventory, warnings, unknown, waived } = summaryOf(report);
  const cluster = printable(report.cluster);
  if (inventory > 0)
    return colors.bold(colors.red(`Blocked: ${count(inventory, "error")} in the inventory; nothing was changed.`));
  if (blocked > 0) {
    const silent = unreachable === 0 ? "" : ` (${unreachable} silent)`;
    return colors.bold(
      colors.red(
        `Blocked: ${blocked} of ${count(nodes, "machine")}${silent} cannot be nodes of ${cluster}; nothing was changed.`,
      ),
    );
  }
  const also = [
    warnings === 0 ? "" : count(warnings, "warning"),
    unknown === 0 ? "" : `${count(unknown, "answer")} not known`,
    waived === 0 ? "" : `${waived} allowed by the inventory`,
  ].filter((part) => part !== "");
  const can = nodes === 1 ? "1 machine can be a node" : `${nodes} machines can be nodes`;
  return colors.bold(colors.green(`ok: ${can} of ${cluster}${also.length === 0 ? "" : `; ${also.join(", ")}`}`));
}
