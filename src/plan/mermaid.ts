import type { PlannedStep } from "./plan.ts";
import { stepName } from "./renderPlan.ts";
import { printable } from "./renderText.ts";

export type GraphStep = Pick<PlannedStep, "id" | "summary" | "node" | "after">;

interface Box {
  /** "containerd/config", or "containerd/config@node-3" when each node is drawn. */
  readonly name: string;
  readonly group: string;
  readonly label: string;
}

/**
 * A Mermaid flowchart of what comes after what, ending in a line feed. Without `nodes` a step is drawn once, whichever nodes have it, in
 * the box of its role; a dotted arrow then waits for another node or for all of them. With `nodes` each step is drawn on each of its nodes.
 */
export function mermaid(steps: readonly GraphStep[], options: { readonly nodes: boolean }): string {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const nameOf = (step: GraphStep): string => (options.nodes ? step.id : stepName(step));
  const boxes = new Map<string, Box>();
  const arrows = new Map<string, "-->" | "-.->">();
  for (const step of steps) {
    const group = options.nodes ? (step.node ?? "cluster") : (step.id.split("/")[0] ?? "");
    boxes.set(nameOf(step), { name: nameOf(step), group, label: `${stepName(step)}\n${step.summary}` });
    for (const id of step.after) {
      const from = byId.get(id);
      if (from === undefined) continue;
      const key = JSON.stringify([nameOf(from), nameOf(step)]);
      const near = from.node === step.node || from.node === null || step.node === null;
      // A step waits for its own node as a rule; one dotted arrow says that it also waits elsewhere.
      if (!near || !arrows.has(key)) arrows.set(key, near ? "-->" : "-.->");
    }
  }
  return `${["flowchart LR", ...drawBoxes([...boxes.values()]), ...drawArrows(arrows, [...boxes.keys()])].join("\n")}\n`;
}

// Numbers as ids: a name may hold any character, and words such as "end" mean something to Mermaid.
const idOf = (names: readonly string[], name: string): string => `s${names.indexOf(name)}`;

function drawBoxes(boxes: readonly Box[]): readonly string[] {
  const names = boxes.map(({ name }) => name);
  const groups = [...new Set(boxes.map(({ group }) => group))];
  return groups.flatMap((group, index) => [
    `  subgraph g${index} [${quoted(group)}]`,
    ...boxes.filter((box) => box.group === group).map((box) => `    ${idOf(names, box.name)}[${quoted(box.label)}]`),
    "  end",
  ]);
}

const drawArrows = (arrows: ReadonlyMap<string, string>, names: readonly string[]): readonly string[] =>
  [...arrows].map(([key, arrow]) => {
    const [from, to] = JSON.parse(key) as [string, string];
    return `  ${idOf(names, from)} ${arrow} ${idOf(names, to)}`;
  });

/** A Mermaid string: entities for what would end it, be markup or be Markdown. A line feed becomes a line break. */
const quoted = (text: string): string =>
  `"${text
    .split("\n")
    .map((line) => printable(line).replace(/[^\p{L}\p{N} ,.:/@'()+=-]/gu, (char) => `#${char.codePointAt(0)};`))
    .join("<br/>")}"`;
