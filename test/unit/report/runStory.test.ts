import { describe, expect, test } from "vitest";
import { runStory } from "../../../src/report/runStory.ts";
import { renderRun, renderRuns } from "../../../src/report/runText.ts";
import { at, hop, until } from "./upgradeEvents.ts";

const wide = { color: false, width: 120 };
const lines = (text: string): readonly string[] => text.replace(/\d\d:\d\d:\d\d/g, "hh:mm:ss").split("\n");

test("an upgrade: who, from where to where, and each node's steps, waits and turn", () => {
  const story = runStory("r", hop, 0);
  expect(story).toMatchObject({ verb: "upgrade", from: "1.35.4", to: "1.36.4", outcome: "done", seconds: 200 });
  expect(story.by).toEqual({ user: "ann", host: "desk", pid: 42 });
  expect(story.nodes.map(({ node, turnSeconds }) => [node, turnSeconds])).toEqual([
    ["cp-1", 40],
    ["w-1", 20],
    ["w-2", 30],
  ]);
  const text = lines(renderRun({ story, alive: false }, wide));
  expect(text[0]).toBe("r  upgrade rack-4 to 1.36.4 1.35.4 -> 1.36.4");
  expect(text[1]).toMatch(/^2026-01-0\d hh:mm:ss, by ann@desk \(process 42\): done after 3m20s$/);
  const from = text.indexOf("w-1  its turn took 20s");
  expect(text.slice(from, from + 6)).toEqual([
    "w-1  its turn took 20s",
    "  hh:mm:ss  kubernetes/store    done in 19s",
    "  hh:mm:ss  turn/drain          done in 10s",
    "            waited 8.0s: drain: would violate the budget",
    "  hh:mm:ss  turn/change         done in 6.0s",
    "  hh:mm:ss  kubernetes/kubelet  done in 4.0s",
  ]);
});

test("a failure with the node's last words, and what never ended", () => {
  const diagnostic = {
    severity: "error",
    code: "wait/deadline",
    message: "w-1 is Ready: not after 300 s",
    place: { node: "w-1", step: "turn/gate-out" },
    seen: "kubelet: unknown flag --bad",
  } as const;
  const events = [
    ...until(156),
    ...at(
      [157, { type: "step-started", step: "turn/gate-out", node: "w-1" }],
      [
        457,
        { type: "step-ended", step: "turn/gate-out", node: "w-1", outcome: "failed", seconds: 300, diagnostics: [diagnostic] },
      ],
      [458, { type: "step-started", step: "turn/way-back", node: "w-1" }],
      [458, { type: "note", message: "asked to stop" }],
    ),
  ];
  const story = runStory("r", events, 0);
  expect(story.outcome).toBeNull();
  const text = lines(renderRun({ story, alive: false }, wide)).join("\n");
  expect(text).toContain("broken off after 7m38s");
  expect(text).toContain("turn/gate-out       failed after 5m00s");
  expect(text).toContain("seen: kubelet: unknown flag --bad");
  expect(text).toContain("turn/way-back       no end was told");
  expect(text).toContain("notes\n  hh:mm:ss  asked to stop");
  expect(renderRun({ story, alive: true }, wide)).toContain("running after");
});

describe("waits", () => {
  test("of one condition are one, with the reason that held longest", () => {
    const wait = (seconds: number, reason: string) =>
      [seconds, { type: "waiting", step: "s", node: "w-1", summary: "is Ready", reason } as const] as const;
    const events = at(
      [0, { type: "step-started", step: "s", node: "w-1" }],
      wait(1, "no answer"),
      wait(3, "not ready"),
      wait(10, "no answer"),
      [12, { type: "step-ended", step: "s", node: "w-1", outcome: "changed", seconds: 12 }],
    );
    expect(runStory("r", events, 0).nodes[0]?.steps[0]?.waits).toEqual([
      { summary: "is Ready", reason: "not ready", seconds: 11 },
    ]);
  });
});

test("a journal without a single event is still told", () => {
  const story = runStory("r", [], 1);
  expect(story).toMatchObject({ verb: "", started: null, outcome: null, unread: 1, nodes: [] });
  expect(renderRun({ story, alive: false }, wide)).toContain("1 line of the journal cannot be read");
});

test("hostile text of nodes and users does nothing to a terminal", () => {
  const evil = "\x1b[2J\u202eevil\r\n";
  const events = at(
    [0, { type: "run-started", verb: evil, cluster: evil, steps: [], by: { user: evil, host: evil, pid: 1 } }],
    [1, { type: "step-started", step: evil, node: evil }],
    [2, { type: "waiting", step: evil, node: evil, summary: evil, reason: evil }],
    [
      9,
      {
        type: "step-ended",
        step: evil,
        node: evil,
        outcome: "failed",
        seconds: 8,
        diagnostics: [{ severity: "error", code: evil, message: evil, place: { node: evil }, seen: evil, hint: evil }],
      },
    ],
    [9, { type: "note", message: evil }],
  );
  const listed = { story: runStory(evil, events, 0), alive: false };
  for (const text of [renderRun(listed, wide), renderRuns([listed], 120)]) expect(text).not.toMatch(/[\x1b\u202e\r]/);
});

test("the list has a line a run", () => {
  const text = renderRuns(
    [
      { story: runStory("20260102T100000Z-ab12", hop, 0), alive: false },
      { story: runStory("20260103T100000Z-cd34", until(20), 0), alive: true },
      { story: runStory("20260104T100000Z-ef56", [], 3), alive: false },
    ],
    120,
  ).replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "YYYY-MM-DD hh:mm:ss");
  expect(text).toBe(
    [
      "RUN                    WHAT                      WHEN                 TOOK   OUTCOME     WHO",
      "20260102T100000Z-ab12  upgrade 1.35.4 -> 1.36.4  YYYY-MM-DD hh:mm:ss  3m20s  done        ann@desk",
      "20260103T100000Z-cd34  upgrade 1.35.4 -> 1.36.4  YYYY-MM-DD hh:mm:ss  20s    running     ann@desk",
      "20260104T100000Z-ef56  -                         -                    -      broken off  -",
      "",
    ].join("\n"),
  );
});
