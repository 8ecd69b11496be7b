import { describe, expect, test } from "vitest";
import { HostError } from "../../../src/host/host.ts";
import { ends, gate } from "./machines.ts";
import { scene, step } from "./scene.ts";

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

describe("a step that comes after what is already ok", () => {
  const chain = [
    step("a/first"),
    step("a/second", { after: ["a/first"] }),
    step("a/third", { after: ["a/second"] }),
    step("a/fourth", { after: ["a/third"] }),
  ];

  test("waits for what that one comes after", async () => {
    const order: string[] = [];
    const { go } = scene(
      chain,
      async (what) => {
        // The others are given every chance to overtake.
        for (let turns = what.startsWith("a/first") ? 50 : 0; turns > 0; turns--) await new Promise(setImmediate);
        order.push(what);
        return 0;
      },
      ["a/second", "a/third"],
    );
    expect(await go()).toEqual({ outcome: "done", left: [], diagnostics: [] });
    for (const node of ["w-1", "w-2"])
      expect(order.filter((what) => what.endsWith(node))).toEqual([`a/first@${node}`, `a/fourth@${node}`]);
  });

  test("and is not run when that fails", async () => {
    const { go, made } = scene(chain, (what) => (what.startsWith("a/first") ? 1 : 0), ["a/second", "a/third"]);
    expect((await go()).left).toEqual(expect.arrayContaining(["a/fourth@w-1"]));
    expect([...made()].filter((what) => what.startsWith("a/fourth"))).toEqual([]);
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
