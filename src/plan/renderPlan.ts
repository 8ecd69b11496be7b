import type { Diagnostic } from "../model/diagnostic.ts";
import type { Reason } from "../role/verdict.ts";
import { changesOf, isBlocked, type Plan, type PlannedStep } from "./plan.ts";
import { type PlanTextOptions, renderChanges } from "./renderChanges.ts";
import { renderDiagnostics } from "./renderDiagnostics.ts";
import { type Paint, paint } from "./renderPaint.ts";
import { renderSummary } from "./renderSummary.ts";
import { count, printable, wrapTo } from "./renderText.ts";

/**
 * A plan for a person, ending in a line feed. Nodes with equal changes stand under one heading, the cluster's own steps come last, then warnings and
 * reasons, then one line that sums it up. Steps that are ok are counted, not listed.
 */
export function renderPlan(plan: Plan, options: PlanTextOptions): string {
  const colors = paint(options.color);
  const nodes = [...new Set(plan.steps.flatMap(({ node }) => node ?? []))];
  const sections = [
    ...nodeSections(plan, nodes, options, colors),
    clusterSection(plan, options, colors),
    told("Warnings", colors.yellow, warningsOf(plan), options),
    told("Blocked", colors.red, errorsOf(plan), options),
    [colors.bold(renderSummary(plan, errorsOf(plan).length))],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** "containerd/config" of "containerd/config@node-3". */
export const stepName = ({ id, node }: Pick<PlannedStep, "id" | "node">): string =>
  node !== null && id.endsWith(`@${node}`) ? id.slice(0, -node.length - 1) : id;

interface Group {
  readonly nodes: string[];
  readonly ok: number[];
  readonly steps: readonly PlannedStep[];
}

function nodeSections(plan: Plan, nodes: readonly string[], options: PlanTextOptions, colors: Paint): readonly string[][] {
  const groups = new Map<string, Group>();
  for (const node of nodes) {
    const own = plan.steps.filter((step) => step.node === node);
    const steps = own.filter((step) => changesOf(step).length > 0);
    const body = renderSteps(steps, options, colors).join("\n");
    const group = groups.get(body) ?? { nodes: [], ok: [], steps };
    group.nodes.push(node);
    group.ok.push(own.filter(({ verdict }) => verdict.status === "ok").length);
    groups.set(body, group);
  }
  // Equal texts are equal plans: what cannot be seen here cannot differ.
  const changed = [...groups].filter(([body]) => body !== "").map(([body, group]) => [...heading(group, options, colors), body]);
  const rest = groups.get("");
  const unchanged =
    rest === undefined || changed.length === 0 ? [] : [wrapped(`${names(rest.nodes)}: nothing changes`, options).join("\n")];
  return [...changed, unchanged];
}

function heading({ nodes, ok, steps }: Group, options: PlanTextOptions, colors: Paint): readonly string[] {
  const changes = steps.flatMap(changesOf).length;
  const [least, most] = [Math.min(...ok), Math.max(...ok)];
  const okText = most === 0 ? "" : `, ${least === most ? count(most, "step") : `${least} to ${most} steps`} ok`;
  const counts = colors.dim(`  ${count(changes, "change")} in ${count(steps.length, "step")}${okText}`);
  const lines = wrapped(names(nodes), options).map(colors.bold);
  return lines.map((line, index) => (index === lines.length - 1 ? line + counts : line));
}

const names = (nodes: readonly string[]): string =>
  nodes.map(printable).join(", ") + (nodes.length === 1 ? "" : ` (${nodes.length} nodes, equal)`);

const wrapped = (text: string, { width }: PlanTextOptions): readonly string[] => wrapTo(text, width);

function clusterSection(plan: Plan, options: PlanTextOptions, colors: Paint): readonly string[] {
  const own = plan.steps.filter(({ node }) => node === null);
  const steps = own.filter((step) => changesOf(step).length > 0);
  if (steps.length === 0) return [];
  const ok = own.filter(({ verdict }) => verdict.status === "ok").length;
  return [...heading({ nodes: ["cluster"], ok: [ok], steps }, options, colors), ...renderSteps(steps, options, colors)];
}

const renderSteps = (steps: readonly PlannedStep[], options: PlanTextOptions, colors: Paint): readonly string[] =>
  steps.flatMap((step) => [
    `  ${colors.cyan(printable(stepName(step)))}  ${printable(step.summary)}`,
    ...renderChanges(changesOf(step), options),
  ]);

const told = (
  title: string,
  color: (text: string) => string,
  diagnostics: readonly Diagnostic[],
  options: PlanTextOptions,
): readonly string[] => (diagnostics.length === 0 ? [] : [color(title), ...renderDiagnostics(diagnostics, options)]);

const reasonsAt = (step: PlannedStep, severity: Diagnostic["severity"], reasons: readonly Reason[]): readonly Diagnostic[] =>
  reasons.map((reason) => ({
    ...reason,
    severity,
    place: step.node === null ? { step: stepName(step) } : { node: step.node, step: stepName(step) },
  }));

/** Everything a plan warns of: what was found while looking, then what the steps found. */
export const warningsOf = (plan: Plan): readonly Diagnostic[] => [
  ...plan.diagnostics.filter(({ severity }) => severity === "warning"),
  ...plan.steps.flatMap((step) =>
    step.verdict.status === "blocked" ? [] : reasonsAt(step, "warning", step.verdict.warnings ?? []),
  ),
];

/** Every reason why a plan may not be carried out. Empty unless it is blocked. */
export const errorsOf = (plan: Plan): readonly Diagnostic[] =>
  isBlocked(plan)
    ? once([
        ...plan.diagnostics.filter(({ severity }) => severity === "error"),
        ...plan.steps.flatMap((step) =>
          step.verdict.status === "blocked" ? reasonsAt(step, "error", step.verdict.reasons) : [],
        ),
      ])
    : [];

/** One reason that several steps of a node give is told once, by the first. */
const once = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] => {
  const same = (a: Diagnostic, b: Diagnostic): boolean =>
    a.code === b.code && a.message === b.message && a.place.node === b.place.node && a.place.line === b.place.line;
  return diagnostics.filter((one, index) => diagnostics.findIndex((other) => same(one, other)) === index);
};
