import { renderDiagnostics } from "../plan/renderDiagnostics.ts";
import { paint } from "../plan/renderPaint.ts";
import { count, padTo, printable, widthOf } from "../plan/renderText.ts";
import type { RunEvent } from "../run/event.ts";
import { duration } from "./duration.ts";
import { Progress } from "./progress.ts";
import type { View } from "./view.ts";

/** Names longer than this do not push the others' columns to the right. */
const widestName = 32;

/** One line a happening, for pipes and logs: local time, node, step, what is done. */
export function plainView(stdout: { write(text: string): unknown }, color: boolean): View {
  const colors = paint(color);
  const progress = new Progress();
  const widths = { node: "cluster".length, step: 0 };
  const lines = (...texts: readonly string[]): void => texts.forEach((text) => void stdout.write(`${text}\n`));
  const line = (event: { at: string; step: string; node: string | null }, text: string): void => {
    const place = `${padTo(printable(event.node ?? "cluster"), widths.node)}  ${padTo(printable(event.step), widths.step)}`;
    lines(`${clock(event.at)}  ${place}  ${text}`);
  };

  const tell = (event: RunEvent): void => {
    switch (event.type) {
      case "run-started":
        for (const step of event.steps) {
          widths.node = Math.max(widths.node, Math.min(widestName, widthOf(printable(step.node ?? ""))));
          widths.step = Math.max(widths.step, Math.min(widestName, widthOf(printable(step.id.replace(/@.*/, "")))));
        }
        lines(
          `${clock(event.at)}  ${printable(event.verb)} ${printable(event.cluster)}: ${count(event.steps.length, "step")} to do`,
        );
        return;
      case "step-started":
        return;
      case "action":
        line(event, printable(event.summary));
        return;
      case "waiting":
        line(event, colors.dim(`waiting: ${printable(event.summary)}: ${printable(event.reason)}`));
        return;
      case "step-ended":
        if (event.outcome === "changed") line(event, colors.green(`done in ${duration(event.seconds)}`));
        if (event.outcome === "ok") line(event, "nothing to do any more");
        if (event.outcome === "failed") line(event, colors.red(`failed after ${duration(event.seconds)}`));
        lines(...renderDiagnostics(event.diagnostics ?? [], { color, width: Number.POSITIVE_INFINITY }));
        return;
      case "note":
        lines(`${clock(event.at)}  ${printable(event.message)}`);
        return;
      case "run-ended":
        lines(colors.bold(progress.summary()));
    }
  };

  return {
    event: (event) => {
      progress.add(event);
      tell(event);
    },
    suspend: async () => {},
    close: async () => {
      if (progress.ended === null && progress.verb !== "") lines(colors.bold(progress.summary()));
    },
  };
}

const clock = (at: string): string => new Date(at).toTimeString().slice(0, 8);
