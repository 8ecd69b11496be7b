import { describe, expect, test } from "vitest";
import { type Answer, doubtful, inferred, no, seen, unknown } from "../../../src/kernel/answer.ts";
import type { Result } from "../../../src/preflight/check.ts";
import { outcomeOf, verdictOfResults } from "../../../src/preflight/results.ts";
import { waive } from "../../../src/preflight/waive.ts";
import { sampleCluster } from "../sampleCluster.ts";

const result = (check: string, node: string, ...answers: readonly Answer[]): Result => ({
  check,
  title: check.replace(/.*\//, ""),
  node,
  findings: answers.map((answer, index) => ({ what: `part-${index + 1}`, answer })),
});
const bad = no("swap is on", "turn it off", "/dev/sda2");
const known = ["host/swap", "host/memory", "fleet/time"];
const scope = { known, asked: known };
const allowing = (...entries: readonly string[]) =>
  sampleCluster({ extra: `preflight: {allow: [${entries.map((entry) => `{${entry}, reason: "it is a lab"}`).join(", ")}]}` });
const onAll = (check: string, ...answers: readonly Answer[]) =>
  ["cp-1", "w-1", "w-2"].map((node) => result(check, node, ...answers));

describe("the worst of several findings", () => {
  test.each([
    ["no", [seen("x"), inferred("x"), unknown("x"), doubtful("x", "y"), bad]],
    ["warning", [unknown("x"), doubtful("x", "y"), seen("x")]],
    ["unknown", [seen("x"), unknown("x"), inferred("x")]],
    ["inferred", [inferred("x"), seen("x")]],
    ["yes", [seen("x")]],
    ["unknown", []],
  ] as const)("%s", (outcome, answers) => {
    expect(outcomeOf(result("host/swap", "w-1", ...answers))).toBe(outcome);
  });
});

describe("a waiver", () => {
  test("is for the node it names, and no other", () => {
    const { results, diagnostics } = waive(onAll("host/swap", bad), allowing("check: host/swap, node: w-1"), scope);
    expect(results.map(({ node, waived }) => [node, waived?.reason])).toEqual([
      ["cp-1", undefined],
      ["w-1", "it is a lab"],
      ["w-2", undefined],
    ]);
    expect(diagnostics).toEqual([]);
  });

  test("is for every node when it says so, and for that check alone", () => {
    const all = [...onAll("host/swap", bad), result("host/memory", "w-1", bad)];
    const { results } = waive(all, allowing("check: host/swap"), scope);
    expect(results.filter(({ waived }) => waived === undefined).map(({ check }) => check)).toEqual(["host/memory"]);
  });

  test("does not mark what is yes or not known: there is nothing to allow", () => {
    const all = [result("host/swap", "cp-1", seen("off")), result("host/swap", "w-1", unknown("no answer"))];
    const { results } = waive(all, allowing("check: host/swap"), scope);
    expect(results.map(({ waived }) => waived)).toEqual([undefined, undefined]);
  });

  test("of a check that does not exist is an error that names the nearest one", () => {
    const { diagnostics } = waive(onAll("host/swap", bad), allowing("check: host/swapp"), scope);
    expect(diagnostics).toEqual([
      {
        severity: "error",
        code: "preflight/unknown-check",
        message: "preflight.allow of host/swapp on any node: there is no check of that name",
        place: { file: "sample.yaml" },
        hint: "is host/swap meant?",
      },
    ]);
  });

  test("that nothing needs is a warning that names it", () => {
    const told = (all: readonly Result[], entry: string, asked = known) =>
      waive(all, allowing(entry), { known, asked }).diagnostics.map(({ severity, message }) => `${severity}: ${message}`);
    const idle = "warning: preflight.allow of host/swap on any node is not needed: there is nothing to allow";
    expect(told(onAll("host/swap", seen("off")), "check: host/swap")).toEqual([idle]);
    expect(told(onAll("host/memory", bad), "check: host/swap")).toEqual([idle]);
    expect(told(onAll("host/swap", bad), "check: host/swap, node: w-11")).toEqual([
      "warning: preflight.allow of host/swap on w-11: the inventory has no node of that name",
    ]);
    // Nobody can say so of a check that was not asked, of an answer that is not known, or of a machine that did not answer.
    expect(told(onAll("host/memory", bad), "check: host/swap", ["host/memory"])).toEqual([]);
    expect(told(onAll("host/swap", unknown("?")), "check: host/swap")).toEqual([]);
    expect(told(onAll("host/swap", seen("off")).slice(1), "check: host/swap")).toEqual([]);
  });
});

describe("what a step's check makes of results", () => {
  test("an error that is not waived blocks by its check's name; all else that is not a yes is told", () => {
    const results = [
      result("host/swap", "w-1", bad, unknown("no /proc/swaps")),
      { ...result("host/memory", "w-1", bad), waived: { reason: "it is a lab" } },
      result("fleet/time", "w-1", doubtful("3 s off", "use chrony"), seen("x")),
    ];
    expect(verdictOfResults(results)).toEqual({
      reasons: [{ code: "host/swap", message: "swap, part-1: swap is on", seen: "/dev/sda2", hint: "turn it off" }],
      warnings: [
        { code: "host/swap", message: "swap, part-2: not known: no /proc/swaps" },
        {
          code: "host/memory",
          message: "memory, part-1: swap is on (allowed by the inventory: it is a lab)",
          seen: "/dev/sda2",
          hint: "turn it off",
        },
        { code: "fleet/time", message: "time, part-1: 3 s off", hint: "use chrony" },
      ],
    });
  });

  test("a reason that says what it is about is not told twice", () => {
    const swap: Result = { check: "host/swap", title: "swap", node: "w-1", findings: [{ what: "swap", answer: bad }] };
    expect(verdictOfResults([swap]).reasons[0]?.message).toBe("swap is on");
  });
});
