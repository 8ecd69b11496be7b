import { describe, expect, test } from "vitest";
import { sh } from "../../../src/host/sh.ts";
import type { Condition } from "../../../src/role/action.ts";
import { nodeStep } from "../../../src/role/step.ts";
import { ends } from "./machines.ts";
import { scene, step } from "./scene.ts";

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
