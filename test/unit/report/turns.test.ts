import { describe, expect, test } from "vitest";
import { Progress } from "../../../src/report/progress.ts";
import { timeLeft } from "../../../src/report/timeLeft.ts";
import { type Sample, Turns } from "../../../src/report/turns.ts";
import { turnTitle, upgradeTitle } from "../../../src/report/turnTitles.ts";
import { makeView } from "../../../src/report/view.ts";
import type { RunEvent } from "../../../src/run/event.ts";
import { FakeTerminal } from "./screen.ts";
import { at, clockAt, hop, until } from "./upgradeEvents.ts";

function turnsOf(events: readonly RunEvent[]): Turns {
  const turns = new Turns();
  for (const event of events) turns.add(event);
  return turns;
}

/** What the screen says `seconds` after the begin: the run, then each node. */
function shown(seconds: number, earlier: readonly Sample[] = [], events = until(seconds)): readonly string[] {
  const progress = new Progress();
  for (const event of events) progress.add(event);
  const { turns } = progress;
  if (turns === null) throw new Error("no upgrade was told");
  const now = clockAt(seconds);
  return [upgradeTitle(progress, turns, earlier, now), ...[...turns.nodes.values()].map((turn) => turnTitle(turn, turns, now))];
}

describe("where each node is", () => {
  test("before the first disruption", () => {
    expect(shown(10)).toEqual([
      "upgrade rack-4 to 1.36.4  before the first disruption",
      "cp-1  waiting for its turn",
      "w-1  staging",
      "w-2  waiting for its turn, 1 of workers before it",
    ]);
  });

  test("while static pods are replaced", () => {
    expect(shown(50).slice(0, 3)).toEqual([
      "upgrade rack-4 to 1.36.4  API servers: 0 of 1 replaced",
      "cp-1  replacing static pods",
      "w-1  staged, waiting for its turn",
    ]);
  });

  test("in a turn: its phase, how long it has been out, who is next; a step in it is a part of its phase", () => {
    expect(shown(152)).toEqual([
      "upgrade rack-4 to 1.36.4  workers: 0 of 2 back in service",
      "cp-1  back in service after 40s",
      "w-1  changing  12s",
      "w-2  staged, waiting for its turn, 1 of workers before it",
    ]);
  });

  test("a failed phase, and the way back", () => {
    const failing = [
      ...until(150),
      ...at(
        [155, { type: "step-ended", step: "turn/change", node: "w-1", outcome: "failed", seconds: 5 }],
        [155, { type: "step-started", step: "turn/way-back", node: "w-1" }],
      ),
    ];
    expect(shown(165, [], failing)[2]).toBe("w-1  going back to what it ran  25s");
    const back = at([170, { type: "step-ended", step: "turn/way-back", node: "w-1", outcome: "changed", seconds: 15 }]);
    expect(shown(171, [], [...failing, ...back])[2]).toBe("w-1  failed  31s");
  });
});

describe("the time left", () => {
  const earlier = turnsOf(hop).samples;

  test("is not guessed in a first upgrade before a turn of that kind has ended", () => {
    for (const seconds of [10, 50, 120, 150]) expect(timeLeft(turnsOf(until(seconds)), [], clockAt(seconds))).toBeNull();
    expect(timeLeft(turnsOf(until(160)), [], clockAt(165))).toBe(15);
    expect(shown(165)[0]).toBe("upgrade rack-4 to 1.36.4  workers: 1 of 2 back in service  about 20s left");
  });

  test("comes from this cluster's earlier upgrades, as long as this one has not measured it", () => {
    expect(timeLeft(turnsOf(until(10)), earlier, clockAt(10))).toBe(20 + 60 + 40 + 2 * 30 + 10);
    expect(shown(10, earlier)[0]).toBe("upgrade rack-4 to 1.36.4  before the first disruption  about 4m left");
    expect(timeLeft(turnsOf(until(160)), earlier, clockAt(165))).toBe(15 + 10);
  });

  test("a turn that takes longer than usual does not make the rest shorter", () => {
    expect(timeLeft(turnsOf(until(140)), earlier, clockAt(400))).toBe(30 + 10);
  });

  test("nodes side by side take less", () => {
    const wide = until(90).map((event) =>
      event.type === "run-started" && event.upgrade !== undefined
        ? {
            ...event,
            upgrade: { ...event.upgrade, groups: [{ name: "workers", window: 2, nodes: ["w-1", "w-2", "w-3", "w-4"] }] },
          }
        : event,
    );
    expect(timeLeft(turnsOf(wide), earlier, clockAt(90))).toBe(2 * 30 + 10);
  });
});

test("steps that nobody foresaw are counted when they begin, and nothing is left of a run that is done", () => {
  const progress = new Progress();
  for (const event of until(199)) progress.add(event);
  expect(progress.sum("total")).toBeGreaterThanOrEqual(progress.sum("ended"));
  expect(progress.summary()).toMatch(/^Broken off: \d+ steps changed, \d+ steps not run\.$/);
  for (const event of hop.slice(-1)) progress.add(event);
  expect(progress.summary()).toMatch(/^Done: \d+ steps changed in 3m20s\.$/);
});

test("the live screen ends with what became of each node", async () => {
  const terminal = new FakeTerminal();
  const view = makeView({ json: false, tty: true, color: false, stdout: terminal.stream });
  for (const event of hop) view.event(event);
  await view.close();
  expect(terminal.seen).toEqual([
    "✔ upgrade rack-4 to 1.36.4  workers: 2 of 2 back in service",
    "✔ cp-1  back in service after 40s",
    "✔ w-1  back in service after 20s",
    "✔ w-2  back in service after 30s",
    expect.stringContaining("cluster"),
    expect.stringMatching(/^Done: \d+ steps changed in 3m20s\.$/),
  ]);
  expect(terminal.cursorShown).toBe(true);
});

test("the live screen leaves the terminal to a question, and comes back with the next event", async () => {
  const terminal = new FakeTerminal();
  const view = makeView({ json: false, tty: true, color: false, stdout: terminal.stream });
  for (const event of until(160)) view.event(event);
  await view.suspend();
  expect(terminal.cursorShown).toBe(true);
  expect(terminal.seen.join("\n")).toContain("w-1  back in service after 20s");
  const before = terminal.text.length;
  terminal.write("Go on? yes\n");
  for (const event of hop.slice(until(160).length)) view.event(event);
  await view.close();
  expect(terminal.text.slice(before)).toContain("w-2  back in service after 30s");
  expect(terminal.seen.join("\n")).toContain("Go on? yes");
  expect(terminal.cursorShown).toBe(true);
});
