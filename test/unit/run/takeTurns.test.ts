import { describe, expect, test, vi } from "vitest";
import { takeTurns } from "../../../src/run/takeTurns.ts";
import { turnGroups } from "../../../src/upgrade/order.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { gate } from "./machines.ts";

type Pause = "never" | "each-node" | "each-group";

/** Turns of cp-1 and three workers; `answers` are given in turn when it is asked whether to go on. */
function turns(pause: Pause, answers: readonly boolean[] = [], { before = true, window = 1, failing = "" } = {}) {
  const cluster = sampleCluster({ workers: 3, extra: `upgrade: {pause: ${pause}, window: ${window}}` });
  const groups = turnGroups(cluster, new Set(cluster.nodes.map(({ name }) => name)));
  const asked: string[] = [];
  const done: string[] = [];
  const stop = new AbortController();
  const outcome = takeTurns(groups, {
    turn: async (node) => {
      done.push(node);
      return node !== failing;
    },
    pause,
    goOn: async (ended, next) => {
      const answer = answers[asked.push(`${ended} / ${next}`) - 1];
      if (answer === undefined) throw new Error(`nobody answers: ${next}`);
      return answer;
    },
    before: before ? { node: "cp-1 is new", group: "all are new" } : null,
    stop: stop.signal,
  });
  return { outcome, asked, done, stop };
}

describe("where it pauses", () => {
  test("never: asks nothing", async () => {
    const { outcome, done } = turns("never");
    expect(await outcome).toBe("done");
    expect(done).toEqual(["cp-1", "w-1", "w-2", "w-3"]);
  });

  test("each node: asks between turns, not after the last; no is an end before the next node is touched", async () => {
    const { outcome, asked, done } = turns("each-node", [true, true, false]);
    expect(await outcome).toBe("interrupted");
    expect(asked).toEqual([
      "cp-1 is new / the turn of cp-1",
      "cp-1 is back in service / the turn of w-1",
      "w-1 is back in service / the turn of w-2",
    ]);
    expect(done).toEqual(["cp-1", "w-1"]);
    const all = turns("each-node", [true, true, true, true]);
    expect(await all.outcome).toBe("done");
    expect(all.asked).toHaveLength(4);
  });

  test("each node, and nothing done in this run yet: the first turn comes unasked, so that every run gets on", async () => {
    const { outcome, asked, done } = turns("each-node", [false], { before: false });
    expect(await outcome).toBe("interrupted");
    expect(done).toEqual(["cp-1"]);
    expect(asked).toEqual(["cp-1 is back in service / the turn of w-1"]);
  });

  test("each group: asks between groups alone", async () => {
    const { outcome, asked, done } = turns("each-group", [true, false]);
    expect(await outcome).toBe("interrupted");
    expect(asked).toEqual([
      "all are new / the turns of control planes",
      "control planes are back in service / the turns of workers",
    ]);
    expect(done).toEqual(["cp-1"]);
  });
});

test("after a failure no further turn begins, in this group or the next", async () => {
  const { outcome, done } = turns("never", [], { failing: "w-1" });
  expect(await outcome).toBe("failed");
  expect(done).toEqual(["cp-1", "w-1"]);
});

test("as many at once as the window says, and after a stop those that have begun end", async () => {
  const cluster = sampleCluster({ workers: 5, extra: "upgrade: {window: 40%}" });
  const groups = turnGroups(cluster, new Set(["w-1", "w-2", "w-3"]));
  const stop = new AbortController();
  const open = new Map(["w-1", "w-2", "w-3"].map((name) => [name, gate()]));
  const begun: string[] = [];
  const ended: string[] = [];
  const outcome = takeTurns(groups, {
    turn: async (node) => {
      begun.push(node);
      await open.get(node)?.promise;
      ended.push(node);
      return true;
    },
    pause: "never",
    goOn: async () => true,
    before: null,
    stop: stop.signal,
  });
  await vi.waitFor(() => expect(begun).toEqual(["w-1", "w-2"]));
  stop.abort();
  for (const one of open.values()) one.resolve();
  expect(await outcome).toBe("interrupted");
  expect([begun, ended]).toEqual([
    ["w-1", "w-2"],
    ["w-1", "w-2"],
  ]);
});
