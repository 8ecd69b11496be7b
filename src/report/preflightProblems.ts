import type { Diagnostic } from "../model/diagnostic.ts";
import { renderDiagnostics } from "../plan/renderDiagnostics.ts";
import { paint } from "../plan/renderPaint.ts";
import { printable } from "../plan/renderText.ts";
import { remark } from "../preflight/results.ts";
import { foldNamesTo, shorten } from "./preflightNames.ts";
import type { PreflightReport } from "./preflightReport.ts";

export interface PreflightTextOptions {
  readonly color: boolean;
  /** Terminal columns. */
  readonly width: number;
  /** Every finding, and nothing left out. */
  readonly details: boolean;
}

/** A check that says as many different things of one matter is counted from there on; --details tells all. */
const mostVariants = 3;
/** Columns of a line that a machine said; a page of garbage must not hide what matters. */
const longestLine = 400;

interface Problem {
  /** Equal for what is about the same matter, on whatever node and in whatever words. */
  readonly matter: string;
  readonly section: "besides" | "warning" | "error";
  readonly diagnostic: Diagnostic;
  readonly nodes: readonly string[];
}

/** Every no, doubt and unknown in words, what blocks last; what nodes have in common is told once, with their names folded. */
export function preflightProblems(report: PreflightReport, options: PreflightTextOptions): readonly (readonly string[])[] {
  const colors = paint(options.color);
  const problems = inCommon(problemsOf(report));
  const section = (heading: string, which: Problem["section"]): readonly string[] => {
    const own = problems.filter((one) => one.section === which);
    const told = (options.details ? own : few(own)).map((one) => placed(one, report, options.width));
    return told.length === 0 ? [] : [heading, ...renderDiagnostics(told, options)];
  };
  const sections = [
    section(colors.cyan(`Not needed by ${printable(report.cluster)}`), "besides"),
    section(colors.yellow("Warnings"), "warning"),
    section(colors.red("Blocked"), "error"),
  ];
  return sections.filter((lines) => lines.length > 0);
}

function problemsOf({ diagnostics, results, besides }: PreflightReport): readonly Problem[] {
  return [
    ...diagnostics.map((diagnostic) => ({
      matter: diagnostic.code,
      section: diagnostic.severity,
      diagnostic,
      nodes: diagnostic.place.node === undefined ? [] : [diagnostic.place.node],
    })),
    ...results.flatMap((result) =>
      result.findings.flatMap((finding) => {
        const said = remark(result, finding);
        if (said === null) return [];
        const severity = said.blocking ? ("error" as const) : ("warning" as const);
        return {
          section: besides.has(result.check) ? ("besides" as const) : severity,
          matter: JSON.stringify([result.check, finding.what]),
          diagnostic: { severity, place: {}, ...said.remark } as const,
          nodes: [result.node],
        };
      }),
    ),
  ];
}

function inCommon(problems: readonly Problem[]): readonly Problem[] {
  const groups = new Map<string, Problem & { readonly nodes: string[] }>();
  for (const problem of problems) {
    const { place, ...rest } = problem.diagnostic;
    const key = JSON.stringify([
      problem.section,
      problem.matter,
      rest,
      { ...place, node: undefined },
      problem.nodes.length === 0,
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...problem, nodes: [...problem.nodes] });
    else group.nodes.push(...problem.nodes);
  }
  return [...groups.values()];
}

function few(problems: readonly Problem[]): readonly Problem[] {
  const matters = [...new Set(problems.map(({ matter }) => matter))];
  return matters.flatMap((matter) => {
    const own = problems.filter((one) => one.matter === matter);
    const [first, ...others] = own.slice(own.length > mostVariants + 1 ? mostVariants : own.length);
    if (first === undefined) return own;
    const { severity, code } = first.diagnostic;
    const rest: Problem = {
      matter,
      section: first.section,
      diagnostic: { severity, code, message: "the same there, with other particulars: --details tells them", place: {} },
      nodes: [first, ...others].flatMap(({ nodes }) => nodes),
    };
    return [...own.slice(0, mostVariants), rest];
  });
}

function placed({ diagnostic, nodes }: Problem, report: PreflightReport, width: number): Diagnostic {
  const { seen, place, ...rest } = diagnostic;
  const { node: _, ...elsewhere } = place;
  return {
    ...rest,
    message: shorten(rest.message, longestLine),
    place: nodes.length === 0 ? place : { ...elsewhere, node: foldNamesTo(width - 2, nodes, report.nodes) },
    ...(seen === undefined
      ? {}
      : {
          seen: seen
            .split("\n")
            .map((line) => shorten(line, longestLine))
            .join("\n"),
        }),
  };
}
