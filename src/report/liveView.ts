import {
  DefaultRenderer,
  LISTR_DEFAULT_RENDERER_STYLE,
  Listr,
  ListrLogger,
  type ListrTask,
  type ListrTaskWrapper,
  ProcessOutput,
  type SimpleRenderer,
} from "listr2";
import { renderDiagnostics } from "../plan/renderDiagnostics.ts";
import { paint } from "../plan/renderPaint.ts";
import { count, cutTo, printable } from "../plan/renderText.ts";
import { duration } from "./duration.ts";
import { type NodeProgress, Progress } from "./progress.ts";
import type { Sample } from "./turns.ts";
import { turnTitle, upgradeTitle } from "./turnTitles.ts";
import type { View } from "./view.ts";

/** listr2 asks process.stdout whether it is a terminal; here the caller has already asked the stream that is written to. */
class Renderer extends DefaultRenderer {
  static override nonTTY = true;
}

type Wrapper = ListrTaskWrapper<object, typeof Renderer, typeof SimpleRenderer>;

type Ending = "done" | "skipped" | "failed";

/** A row of the screen, and the way to end it, which may come before listr2 has started it. */
class Row {
  #task: Wrapper | null = null;
  #ending: { readonly how: Ending; readonly title: string } | null = null;
  #wake: () => void = () => {};

  async run(task: Wrapper): Promise<void> {
    this.#task = task;
    if (this.#ending === null) await new Promise<void>((resolve) => (this.#wake = resolve));
    const { how, title } = this.#ending ?? { how: "done", title: "" };
    if (how === "failed") throw new Error(title);
    if (how === "skipped") task.skip(title);
    else task.title = title;
  }

  /** The row while its work goes on; null before and after. */
  get open(): Wrapper | null {
    return this.#ending === null ? this.#task : null;
  }

  end(how: Ending, title: string): void {
    this.#ending ??= { how, title };
    this.#wake();
  }
}

/** A screen with a row for the run, one for each node and one for the cluster, kept current; then errors and the summary below what stays of it. */
export function liveView(stdout: NodeJS.WriteStream, color: boolean, earlier: readonly Sample[] = []): View {
  const progress = new Progress();
  const colors = paint(color);
  const rows = new Map<string | null | undefined, Row>();
  const notes: string[] = [];
  let shown = 0;
  let screen: Promise<unknown> | null = null;
  let suspended = false;
  let timer: NodeJS.Timeout | undefined;

  const width = (): number => (stdout.columns ?? 80) - 4;
  const redraw = (): void => {
    const run = rows.get(undefined)?.open;
    if (run) {
      run.title = cutTo(runTitle(progress, earlier), width());
      while (shown < notes.length) run.output = notes[shown++] ?? "";
    }
    const compact = progress.nodes.size * 2 + notes.length + 3 > (stdout.rows ?? 24);
    for (const [name, node] of progress.nodes) {
      const row = rows.get(name);
      if (progress.turns === null && node.ended === node.total) endRow(row, node, progress);
      if (row?.open) draw(row.open, node, progress, compact, width());
    }
  };

  const start = (): void => {
    rows.set(undefined, new Row());
    for (const name of progress.nodes.keys()) rows.set(name, new Row());
    const tasks = [...rows].map(
      ([name, row]): ListrTask<object, typeof Renderer, typeof SimpleRenderer> => ({
        title: name === undefined ? runTitle(progress, earlier) : printable(name ?? "cluster"),
        task: (_, task) => row.run(task),
        rendererOptions:
          name === undefined ? { outputBar: Number.POSITIVE_INFINITY, persistentOutput: true } : { outputBar: true },
      }),
    );
    screen = new Listr<object, typeof Renderer>(tasks, {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: Renderer,
      rendererOptions: { formatOutput: "truncate", logger: loggerFor(stdout), ...(color ? {} : { color: noColors }) },
    }).run();
    // What takes long shows that time passes; a timer of the screen alone keeps no process alive.
    timer = setInterval(redraw, 1000).unref();
  };

  return {
    event: (event) => {
      progress.add(event);
      if (event.type === "note") notes.push(printable(event.message));
      if ((event.type === "run-started" || suspended) && screen === null) start();
      redraw();
    },
    suspend: async () => {
      clearInterval(timer);
      for (const [name, row] of rows)
        row.end("skipped", name === undefined ? runTitle(progress, earlier) : rowTitle(name, progress));
      await screen;
      suspended = screen !== null;
      screen = null;
      rows.clear();
    },
    close: async () => {
      clearInterval(timer);
      for (const [name, node] of progress.nodes) endRow(rows.get(name), node, progress);
      rows.get(undefined)?.end(runEnding(progress), runTitle(progress, earlier));
      await screen;
      const errors = renderDiagnostics(progress.diagnostics, { color, width: stdout.columns ?? 80 });
      const end = progress.verb === "" ? [] : [colors.bold(progress.summary())];
      for (const line of [...notes.slice(shown), ...errors, ...end]) stdout.write(`${line}\n`);
    },
  };
}

const runTitle = (progress: Progress, earlier: readonly Sample[]): string =>
  progress.turns !== null
    ? upgradeTitle(progress, progress.turns, earlier, Date.now())
    : `${printable(progress.verb)} ${printable(progress.cluster)}  ${progress.sum("ended") - progress.sum("notRun")}/${progress.sum("total")} steps`;

function runEnding({ ended }: Progress): Ending {
  if (ended === null) return "skipped";
  return ended.outcome === "done" ? "done" : ended.outcome === "failed" ? "failed" : "skipped";
}

/** What a row says of a node, or of the cluster's own steps, while the run goes on. */
function rowTitle(name: string | null, progress: Progress): string {
  const { turns } = progress;
  return turns !== null && name !== null
    ? turnTitle(turns.of(name), turns, Date.now())
    : nodeTitle(progress.of(name), Date.now());
}

function draw(task: Wrapper, node: NodeProgress, progress: Progress, compact: boolean, width: number): void {
  const [current] = [...node.running].reverse();
  const activity =
    current === undefined
      ? ""
      : [current[0], current[1]]
          .filter((part) => part !== "")
          .map(printable)
          .join("  ");
  const others = node.running.size > 1 ? ` (and ${node.running.size - 1} more)` : "";
  const title = `${rowTitle(node.node, progress)}${compact && activity !== "" ? `  ${activity}${others}` : ""}`;
  task.title = cutTo(title, width);
  if (!compact) task.output = activity === "" ? " " : cutTo(activity + others, width - 2);
}

function nodeTitle(node: NodeProgress, now: number): string {
  const spent = node.started === null ? "" : `  ${duration((now - node.started) / 1000)}`;
  return `${printable(node.node ?? "cluster")}  ${node.ended}/${node.total}${spent}`;
}

function endRow(row: Row | undefined, node: NodeProgress, { turns, ended }: Pick<Progress, "turns" | "ended">): void {
  const name = printable(node.node ?? "cluster");
  const turn = node.node === null ? undefined : turns?.nodes.get(node.node);
  if (turns !== null && node.failed.length === 0 && (turn?.group != null || ended?.outcome === "done")) {
    const at = turn?.group == null ? `${name}  ${count(node.ended, "step")}` : turnTitle(turn, turns, node.last);
    row?.end(turn?.group == null || turn.state === "done" ? "done" : "skipped", at);
    return;
  }
  const spent = node.started === null ? "" : ` in ${duration((node.last - node.started) / 1000)}`;
  const left = node.total - node.ended + node.notRun;
  if (node.failed.length > 0) row?.end("failed", `${name}  failed: ${node.failed.map(printable).join(", ")}`);
  else if (left > 0) row?.end("skipped", `${name}  stopped, ${left} of ${count(node.total, "step")} not run`);
  else row?.end("done", `${name}  ${count(node.total, "step")}${spent}`);
}

const noColors = Object.fromEntries(
  Object.keys(LISTR_DEFAULT_RENDERER_STYLE.color ?? {}).map((level) => [level, (text?: string) => text ?? ""]),
);

const loggerFor = (stdout: NodeJS.WriteStream): ListrLogger =>
  new ListrLogger({ useIcons: true, toStderr: [], processOutput: new ProcessOutput(stdout) });
