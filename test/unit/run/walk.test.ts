import { describe, expect, test } from "vitest";
import type { FileCache } from "../../../src/artifacts/fileCache.ts";
import { existsFact } from "../../../src/facts/files.ts";
import { HostError } from "../../../src/host/host.ts";
import { sh } from "../../../src/host/sh.ts";
import { expand } from "../../../src/plan/expand.ts";
import type { Action, Condition } from "../../../src/role/action.ts";
import { type Dependency, nodeStep, type Step, type Target } from "../../../src/role/step.ts";
import { blocked, ok } from "../../../src/role/verdict.ts";
import type { EventBody } from "../../../src/run/event.ts";
import { walk } from "../../../src/run/walk.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { allPlanned, ends, FakeHost, gate, looks, worldOf } from "./machines.ts";

const cluster = sampleCluster({ workers: 2 });

interface Made {
  readonly after?: readonly Dependency[];
  readonly actions?: readonly Action[];
  readonly verify?: readonly Condition[];
  readonly blocks?: string;
}

/** A step that is ok when its mark is there; unless said, its one action makes the mark. */
const step = (id: string, { after = [], actions, verify, blocks }: Made = {}): Step =>
  nodeStep({
    id,
    summary: id,
    after,
    when: (node) => node.name !== "cp-1",
    facts: () => ({ marks: existsFact([id]) }),
    check: ({ facts: { marks } }) => {
      if (blocks !== undefined) return blocked({ code: "test/blocked", message: blocks });
      return marks.has(id) ? ok : { status: "change", changes: [{ what: "file", action: "create", target: id }] };
    },
    apply: () => actions ?? [{ kind: "run", summary: `make ${id}`, script: sh`make ${id}` }],
    ...(verify === undefined ? {} : { verify: () => verify }),
  });

/** Machines w-1 and w-2 on which `make <id>` makes a mark. `marks` and `onMake` are by "<id>@<node>". */
function scene(steps: readonly Step[], onMake: (what: string) => Promise<number> | number = () => 0) {
  const instances = expand(cluster, steps);
  const marks = new Set<string>();
  const hosts = ["w-1", "w-2"].map(
    (name) =>
      new FakeHost(name, [
        looks(
          steps.map((one) => existsFact([one.id])),
          (key) => {
            const id = key.replace("exists ", "");
            return { code: 0, stdout: marks.has(`${id}@${name}`) ? `${id}\n` : "" };
          },
        ),
        {
          when: /make '/,
          reply: async (script) => {
            const what = `${/make '([^']+)'/.exec(script)?.[1]}@${name}`;
            const code = await onMake(what);
            if (code === 0) marks.add(what);
            return { code, stderr: code === 0 ? "" : "disk full\n" };
          },
        },
        { when: /probe/, reply: { code: 1, stdout: "not yet" } },
        { when: /why/, reply: { stdout: "because of the moon" } },
      ]),
  );
  const events: EventBody[] = [];
  const go = (stop?: AbortSignal) =>
    walk(instances, allPlanned(instances), {
      world: worldOf(cluster, hosts),
      target: { cluster } as unknown as Target,
      cache: undefined as unknown as FileCache,
      emit: (event) => events.push(event),
      ...(stop === undefined ? {} : { stop }),
    });
  const made = (): readonly string[] =>
    hosts.flatMap((host) =>
      host.ran.flatMap(({ script }) => (/^\n?make '/.test(script) ? [`${/make '([^']+)'/.exec(script)?.[1]}@${host.name}`] : [])),
    );
  return { go, marks, events, made };
}

describe("the order of a walk", () => {
  test("each step after what it comes after, on its own node and across nodes", async () => {
    const order: string[] = [];
    const { go } = scene(
      [step("a/one"), step("a/two", { after: ["a/one"] }), step("a/three", { after: [{ step: "a/two", on: "every-node" }] })],
      (what) => {
        order.push(what);
        return 0;
      },
    );
    expect(await go()).toEqual({ outcome: "done", left: [], diagnostics: [] });
    expect([...order].sort()).toEqual(["a/one@w-1", "a/one@w-2", "a/three@w-1", "a/three@w-2", "a/two@w-1", "a/two@w-2"]);
    const at = (what: string): number => order.indexOf(what);
    expect(at("a/one@w-1")).toBeLessThan(at("a/two@w-1"));
    for (const third of ["a/three@w-1", "a/three@w-2"])
      for (const second of ["a/two@w-1", "a/two@w-2"]) expect(at(second)).toBeLessThan(at(third));
  });

  test("a node does not wait for another one's work", async () => {
    const open = gate<number>();
    const { go } = scene([step("a/one"), step("a/two", { after: ["a/one"] })], (what) => {
      if (what === "a/two@w-2") open.resolve(0);
      return what === "a/one@w-1" ? open.promise : 0;
    });
    expect((await go()).outcome).toBe("done");
  });
});

describe("a failure", () => {
  test("lets what runs end, starts nothing new, and says what was left", async () => {
    const begun = gate();
    const { go, events, made } = scene([step("a/one"), step("a/two", { after: ["a/one"] })], async (what) => {
      if (what === "a/one@w-1") {
        await begun.promise;
        return 1;
      }
      begun.resolve(undefined);
      // The failure is known before this one ends: its step-ended event stands first.
      while (!ends(events).includes("a/one@w-1 failed")) await new Promise(setImmediate);
      return 0;
    });
    const result = await go();
    expect(result.outcome).toBe("failed");
    expect(ends(events)).toEqual(["a/one@w-1 failed", "a/two@w-1 not-run", "a/one@w-2 changed", "a/two@w-2 not-run"]);
    expect([...result.left].sort()).toEqual(["a/two@w-1", "a/two@w-2"]);
    expect([...made()].sort()).toEqual(["a/one@w-1", "a/one@w-2"]);
  });

  test("is told with node, step, what was being done and what the machine said", async () => {
    const { go } = scene([step("a/one")], (what) => (what === "a/one@w-2" ? 28 : 0));
    expect((await go()).diagnostics).toEqual([
      {
        severity: "error",
        code: "action/failed",
        message: "make a/one: exit code 28",
        place: { node: "w-2", step: "a/one" },
        seen: "disk full",
      },
    ]);
  });

  test("of a machine that is gone names the machine, and the walk ends", async () => {
    const { go } = scene([step("a/one")], (what) => {
      if (what === "a/one@w-2") throw new HostError("timeout", "w-2", "w-2 did not answer in 60 s");
      return 0;
    });
    const { outcome, diagnostics } = await go();
    expect(outcome).toBe("failed");
    expect(diagnostics).toMatchObject([
      { code: "host/timeout", message: "w-2 did not answer in 60 s", place: { node: "w-2", step: "a/one" } },
    ]);
  });
});

describe("looking around the act", () => {
  test("a step that became ok by itself is not performed", async () => {
    const { go, marks, made, events } = scene([step("a/one")]);
    marks.add("a/one@w-1").add("a/one@w-2");
    expect((await go()).outcome).toBe("done");
    expect(made()).toEqual([]);
    expect(ends(events)).toEqual(["a/one@w-1 ok", "a/one@w-2 ok"]);
  });

  test("a step that may not go on any more is a failure with its reason, and is not performed", async () => {
    const { go, made } = scene([step("a/one", { blocks: "the machine belongs to cluster other" })]);
    const { outcome, diagnostics } = await go();
    expect(outcome).toBe("failed");
    expect(diagnostics[0]).toMatchObject({
      code: "test/blocked",
      message: "the machine belongs to cluster other",
      place: { step: "a/one" },
    });
    expect(made()).toEqual([]);
  });

  test("done but not as it should be is a failure that says what still differs", async () => {
    const { go } = scene([step("a/one", { actions: [] })]);
    const { outcome, diagnostics } = await go();
    expect(outcome).toBe("failed");
    expect(diagnostics[0]).toMatchObject({ code: "step/not-ok", seen: "file a/one: create", place: { step: "a/one" } });
  });

  test("a condition that is never met fails with its last reason and the evidence", async () => {
    const never: Condition = {
      summary: "it answers",
      script: sh`probe`,
      unmet: ({ stdout }) => stdout,
      intervalMs: 0,
      deadlineMs: 0,
      evidence: sh`why`,
    };
    const { go } = scene([step("a/one", { verify: [never] })]);
    expect((await go()).diagnostics[0]).toMatchObject({
      code: "wait/deadline",
      message: "it answers: not after 0 s",
      seen: "not yet\nbecause of the moon",
    });
  });
});

describe("a stop", () => {
  test("ends what runs, starts nothing new and is no failure; the same walk goes on from there", async () => {
    const stop = new AbortController();
    const { go, events, marks } = scene([step("a/one"), step("a/two", { after: ["a/one"] })], (what) => {
      if (what === "a/one@w-1") stop.abort();
      return 0;
    });
    const result = await go(stop.signal);
    expect(result).toMatchObject({ outcome: "interrupted", diagnostics: [] });
    expect(result.left).toContain("a/two@w-1");
    expect(ends(events)).toContain("a/one@w-1 changed");
    const before = new Set(marks);
    expect((await go()).outcome).toBe("done");
    for (const mark of before) expect(ends(events).filter((one) => one === `${mark} changed`)).toHaveLength(1);
  });
});

test("a mistake in a role ends the walk with its place, not as something the user did", async () => {
  const broken = nodeStep({
    id: "a/broken",
    summary: "broken",
    facts: () => ({}),
    check: () => {
      throw new TypeError("x is undefined");
    },
    apply: () => [],
    when: (node) => node.name === "w-1",
  });
  await expect(scene([broken]).go()).rejects.toThrow("w-1 a/broken: x is undefined");
});
