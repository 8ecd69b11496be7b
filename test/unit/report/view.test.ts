import { describe, expect, test } from "vitest";
import { makeView, type View, wantsColor } from "../../../src/report/view.ts";
import type { EventBody, RunEvent } from "../../../src/run/event.ts";
import { FakeTerminal } from "./screen.ts";

const esc = "\x1b";
const full = {
  severity: "error",
  code: "host/put",
  message: "the file did not arrive",
  place: { node: "w-1", step: "containerd/config" },
  seen: "No space left on device",
  hint: "make room on /",
} as const;

const begin: readonly EventBody[] = [
  {
    type: "run-started",
    verb: "up",
    cluster: "rack-4",
    steps: [
      { id: "containerd/config@cp-1", node: "cp-1", summary: "containerd's configuration" },
      { id: "containerd/config@w-1", node: "w-1", summary: "containerd's configuration" },
      { id: "cni/flannel", node: null, summary: "pod network" },
    ],
  },
  { type: "step-started", step: "containerd/config", node: "cp-1" },
  { type: "action", step: "containerd/config", node: "cp-1", summary: "restart containerd.service" },
  { type: "waiting", step: "containerd/config", node: "cp-1", summary: "containerd answers", reason: `no socket ${esc}[2J` },
  { type: "step-ended", step: "containerd/config", node: "cp-1", outcome: "changed", seconds: 3.21 },
  { type: "step-started", step: "containerd/config", node: "w-1" },
];
const good: readonly EventBody[] = [
  { type: "step-ended", step: "containerd/config", node: "w-1", outcome: "changed", seconds: 2 },
  { type: "step-ended", step: "cni/flannel", node: null, outcome: "changed", seconds: 12 },
  { type: "run-ended", outcome: "done", seconds: 62, left: [] },
];
const bad: readonly EventBody[] = [
  { type: "step-ended", step: "containerd/config", node: "w-1", outcome: "failed", seconds: 2, diagnostics: [full] },
  { type: "step-ended", step: "cni/flannel", node: null, outcome: "not-run", seconds: 0 },
  { type: "run-ended", outcome: "failed", seconds: 62, left: ["cni/flannel"] },
];

async function show(view: View, events: readonly EventBody[]): Promise<void> {
  const start = Date.parse("2026-01-02T10:00:00Z");
  events.forEach(
    (event, index) => void view.event({ at: new Date(start + index * 1000).toISOString(), run: "r", ...event } as RunEvent),
  );
  await view.close();
}

async function seen(kind: "plain" | "live" | "json", events: readonly EventBody[], color = false): Promise<FakeTerminal> {
  const terminal = new FakeTerminal();
  await show(makeView({ json: kind === "json", tty: kind === "live", color, stdout: terminal.stream }), events);
  return terminal;
}

describe("plain lines", () => {
  test("tell time, node, step and what is done, then sum up", async () => {
    const lines = (await seen("plain", [...begin, ...good], true)).text.replace(/^\d\d:\d\d:\d\d/gm, "hh:mm:ss").split("\n");
    expect(lines).toEqual([
      "hh:mm:ss  up rack-4: 3 steps to do",
      "hh:mm:ss  cp-1     containerd/config  restart containerd.service",
      "hh:mm:ss  cp-1     containerd/config  waiting: containerd answers: no socket \\e[2J",
      "hh:mm:ss  cp-1     containerd/config  done in 3.2s",
      "hh:mm:ss  w-1      containerd/config  done in 2.0s",
      "hh:mm:ss  cluster  cni/flannel        done in 12s",
      "Done: 3 steps changed in 1m02s.",
      "",
    ]);
  });

  test("tell a failure with what was seen and what to try", async () => {
    const { text } = await seen("plain", [...begin, ...bad]);
    expect(text).toContain("failed after 2.0s\n  w-1 containerd/config\n    the file did not arrive  [host/put]\n");
    expect(text).toContain("seen: No space left on device\n    try:  make room on /\n");
    expect(text).toMatch(/\nFailed after 1m02s: 1 step changed, 1 failed, 1 step not run\.\n$/);
  });

  test("say so when the run never ended", async () => {
    expect((await seen("plain", begin)).text).toMatch(/\nBroken off: 1 step changed, 2 steps not run\.\n$/);
  });
});

describe("the live screen", () => {
  test("leaves one row for the run, each node and the cluster", async () => {
    const terminal = await seen("live", [...begin, ...good]);
    expect(terminal.seen).toEqual([
      "✔ up rack-4  3/3 steps",
      "✔ cp-1  1 step in 3.0s",
      "✔ w-1  1 step in 1.0s",
      "✔ cluster  1 step",
      "Done: 3 steps changed in 1m02s.",
    ]);
    expect(terminal.cursorShown).toBe(true);
    expect(terminal.text).not.toContain(`${esc}[2J`);
  });

  test("ends tidy after a failure, with the reason below", async () => {
    const terminal = await seen("live", [...begin, { type: "note", message: "asked to stop" }, ...bad]);
    expect(terminal.seen.filter((line) => !line.includes("asked to stop"))).toEqual([
      "✖ up rack-4  2/3 steps",
      "✔ cp-1  1 step in 3.0s",
      "✖ w-1  failed: containerd/config",
      "↓ cluster  stopped, 1 of 1 step not run",
      "  w-1 containerd/config",
      "    the file did not arrive  [host/put]",
      "    seen: No space left on device",
      "    try:  make room on /",
      "Failed after 1m02s: 1 step changed, 1 failed, 1 step not run.",
    ]);
    expect(terminal.seen.join("\n")).toContain("asked to stop");
    expect(terminal.cursorShown).toBe(true);
  });

  test("ends tidy when it is closed in the middle of a run", async () => {
    const terminal = await seen("live", begin);
    expect(terminal.seen).toContain("↓ w-1  stopped, 1 of 1 step not run");
    expect(terminal.seen.at(-1)).toBe("Broken off: 1 step changed, 2 steps not run.");
    expect(terminal.cursorShown).toBe(true);
  });

  test("shows nothing for a run that never began", async () => {
    expect((await seen("live", [])).text).toBe("");
  });
});

test("one JSON event a line, fit for a terminal too", async () => {
  const { text } = await seen("json", [...begin, { type: "note", message: "\u009b2J\u202e" }]);
  expect(text).not.toMatch(/[\x80-\x9f\u202e]/);
  const events = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RunEvent);
  expect(events.map(({ type }) => type)).toEqual([...begin.map(({ type }) => type), "note"]);
  expect(events.at(-1)).toMatchObject({ message: "\u009b2J\u202e" });
});

test("colours are for terminals that did not refuse them", () => {
  expect(wantsColor(true, {})).toBe(true);
  expect(wantsColor(false, {})).toBe(false);
  expect(wantsColor(true, { NO_COLOR: "1" })).toBe(false);
  expect(wantsColor(true, { TERM: "dumb" })).toBe(false);
});
