import { renderDiagnostics } from "../plan/renderDiagnostics.ts";
import { paint } from "../plan/renderPaint.ts";
import { count, cutTo, padTo, printable, widthOf } from "../plan/renderText.ts";
import { duration } from "./duration.ts";
import type { RunStory, StoryNode, StoryStep } from "./runStory.ts";
import { table } from "./table.ts";

export interface RunTextOptions {
  readonly color: boolean;
  readonly width: number;
}

/** A run of the list: what `runs` says of it. `alive`: its process still runs, as far as can be seen from here. */
export interface ListedRun {
  readonly story: RunStory;
  readonly alive: boolean;
}

/** Waits shorter than this explain nothing. */
const shortestWait = 1;
/** Names longer than this do not push the times to the right. */
const widestStep = 32;

/** A line a run, in the order given; times are local. Ends in a line feed. */
export function renderRuns(runs: readonly ListedRun[], width: number): string {
  const rows = runs.map(({ story, alive }) => [
    story.run,
    story.verb === "" ? "-" : story.to === null ? story.verb : `${story.verb} ${versions(story)}`,
    story.started === null ? "-" : when(story.started),
    story.seconds === null ? "-" : duration(story.seconds),
    outcomeOf(story, alive),
    story.by === null ? "-" : `${story.by.user}@${story.by.host}`,
  ]);
  return `${table(["RUN", "WHAT", "WHEN", "TOOK", "OUTCOME", "WHO"], rows, width).join("\n")}\n`;
}

/** The story of one run, node by node: its steps with their times, what was waited for and why, and failures whole. Ends in a line feed. */
export function renderRun({ story, alive }: ListedRun, options: RunTextOptions): string {
  const colors = paint(options.color);
  const outcome = outcomeOf(story, alive);
  const painted = story.outcome === "done" ? colors.green(outcome) : story.outcome === null ? outcome : colors.red(outcome);
  const by = story.by === null ? "" : `, by ${printable(`${story.by.user}@${story.by.host}`)} (process ${story.by.pid})`;
  const lines = [
    colors.bold(
      `${printable(story.run)}  ${printable([story.verb, story.cluster, versions(story)].filter((part) => part).join(" "))}`,
    ),
    `${story.started === null ? "no time is known" : when(story.started)}${by}: ${painted}${story.seconds === null ? "" : ` after ${duration(story.seconds)}`}`,
    ...(story.unread > 0 ? [colors.yellow(`${count(story.unread, "line")} of the journal cannot be read`)] : []),
  ];
  for (const node of story.nodes) lines.push("", ...nodeLines(node, options));
  if (story.notes.length > 0)
    lines.push("", colors.bold("notes"), ...story.notes.map(({ at, message }) => `  ${clock(at)}  ${printable(message)}`));
  return `${lines.join("\n")}\n`;
}

function nodeLines({ node, steps, turnSeconds }: StoryNode, options: RunTextOptions): readonly string[] {
  const colors = paint(options.color);
  const width = Math.min(widestStep, Math.max(0, ...steps.map(({ step }) => widthOf(printable(step)))));
  const turn = turnSeconds === null ? "" : `  its turn took ${duration(turnSeconds)}`;
  return [`${colors.bold(printable(node ?? "cluster"))}${turn}`, ...steps.flatMap((step) => stepLines(step, width, options))];
}

function stepLines(told: StoryStep, width: number, options: RunTextOptions): readonly string[] {
  const colors = paint(options.color);
  const { step, at, seconds, outcome, waits, diagnostics } = told;
  const took = seconds === null ? "" : ` ${duration(seconds)}`;
  const end = { ok: "nothing to do", changed: `done in${took}`, failed: `failed after${took}`, "not-run": "not run" };
  const text = outcome === null ? "no end was told" : end[outcome];
  const painted = outcome === "failed" ? colors.red(text) : outcome === null ? colors.yellow(text) : text;
  const room = Math.max(20, options.width - 12);
  return [
    `  ${clock(at)}  ${padTo(cutTo(printable(step), widestStep), width)}  ${painted}`,
    ...waits
      .filter((wait) => wait.seconds >= shortestWait)
      .map(({ summary, reason, seconds: held }) =>
        colors.dim(`            ${cutTo(printable(`waited ${duration(held)}: ${summary}: ${reason.trim()}`), room)}`),
      ),
    ...renderDiagnostics(diagnostics, { color: options.color, width: options.width - 8 }).map((line) => `        ${line}`),
  ];
}

function outcomeOf({ outcome }: RunStory, alive: boolean): string {
  if (outcome === "interrupted") return "stopped";
  return outcome ?? (alive ? "running" : "broken off");
}

const versions = ({ from, to }: RunStory): string => (from === null || to === null ? "" : from === to ? to : `${from} -> ${to}`);

const two = (number: number): string => String(number).padStart(2, "0");

/** "2026-11-21 18:03:06", local. */
function when(at: string): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(at)}`;
}

const clock = (at: string): string => new Date(at).toTimeString().slice(0, 8);
