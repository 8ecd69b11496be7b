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
export function liveView(stdout: NodeJS.WriteStream, color: boolean): View {
  const progress = new Progress();
  const colors = paint(color);
  const rows = new Map<string | null | undefined, Row>();
  const notes: string[] = [];
  let shown = 0;
  let screen: Promise<unknown> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const width = (): number => (stdout.columns ?? 80) - 4;
  const redraw = (): void => {
    const run = rows.get(undefined)?.open;
    if (run) {
      run.title = cutTo(runTitle(progress), width());
      while (shown < notes.length) run.output = notes[shown++] ?? "";
    }
    const compact = progress.nodes.size * 2 + notes.length + 3 > (stdout.rows ?? 24);
    for (const [name, node] of progress.nodes) {
      const row = rows.get(name);
      if (node.ended === node.total) endRow(row, node);
      if (row?.open) draw(row.open, node, compact, width());
    }
  };

  const start = (): void => {
    rows.set(undefined, new Row());
    for (const name of progress.nodes.keys()) rows.set(name, new Row());
    const tasks = [...rows].map(
      ([name, row]): ListrTask<object, typeof Renderer, typeof SimpleRenderer> => ({
        title: name === undefined ? runTitle(progress) : printable(name ?? "cluster"),
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
      if (event.type === "run-started" && screen === null) start();
      if (event.type === "note") notes.push(printable(event.message));
      redraw();
    },
    close: async () => {
      clearInterval(timer);
      for (const [name, node] of progress.nodes) endRow(rows.get(name), node);
      rows.get(undefined)?.end(runEnding(progress), runTitle(progress));
      await screen;
      const errors = renderDiagnostics(progress.diagnostics, { color, width: stdout.columns ?? 80 });
      const end = progress.verb === "" ? [] : [colors.bold(progress.summary())];
      for (const line of [...notes.slice(shown), ...errors, ...end]) stdout.write(`${line}\n`);
    },
  };
}

const runTitle = (progress: Progress): string =>
  `${printable(progress.verb)} ${printable(progress.cluster)}  ${progress.sum("ended") - progress.sum("notRun")}/${progress.sum("total")} steps`;

function runEnding({ ended }: Progress): Ending {
  if (ended === null) return "skipped";
  return ended.outcome === "done" ? "done" : ended.outcome === "failed" ? "failed" : "skipped";
}

function draw(task: Wrapper, node: NodeProgress, compact: boolean, width: number): void {
  const [current] = [...node.running].reverse();
  const activity =
    current === undefined
      ? ""
      : [current[0], current[1]]
          .filter((part) => part !== "")
          .map(printable)
          .join("  ");
  const others = node.running.size > 1 ? ` (and ${node.running.size - 1} more)` : "";
  const title = `${nodeTitle(node, Date.now())}${compact && activity !== "" ? `  ${activity}${others}` : ""}`;
  task.title = cutTo(title, width);
  if (!compact) task.output = activity === "" ? " " : cutTo(activity + others, width - 2);
}

function nodeTitle(node: NodeProgress, now: number): string {
  const spent = node.started === null ? "" : `  ${duration((now - node.started) / 1000)}`;
  return `${printable(node.node ?? "cluster")}  ${node.ended}/${node.total}${spent}`;
}

function endRow(row: Row | undefined, node: NodeProgress): void {
  const name = printable(node.node ?? "cluster");
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
