import { describe, expect, test } from "vitest";
import { readMeasure } from "../../../src/run/measureAsk.ts";
import { measureText, type NetworkMeasure } from "../../../src/run/measureNetwork.ts";

describe("what a pod measured", () => {
  test("is nanoseconds of 200 small and of 40 large requests", () => {
    expect(readMeasure("40000000 120000000\n")).toEqual({ milliseconds: 0.2, megabytes: 300 });
  });
  test.each(["", "5", "1 0", "a b", "-1 5", "1 2 3", "40000000 120000000\nrm"])("is nothing when it printed %j", (said) =>
    expect(readMeasure(said)).toBeNull(),
  );
});

describe("the report of a change", () => {
  const before: NetworkMeasure = { pairs: 3, milliseconds: 0.2, megabytes: 300, drops: new Map([["w-1", 40]]) };
  const told = (after: Partial<NetworkMeasure>): string => measureText(before, { ...before, ...after });
  test("has both numbers, their change, and what was dropped in between", () =>
    expect(told({ milliseconds: 0.25, megabytes: 270, drops: new Map([["w-1", 52]]) })).toBe(
      "pod to pod (3 pairs of nodes), before and after: latency 0.20 -> 0.25 ms (+25 %), throughput of one connection 300 -> 270 MB/s (-10 %), 12 packets dropped meanwhile",
    ));
  test("does not take a node's count for new drops when it was not counted before", () =>
    expect(told({ drops: new Map([["w-2", 900]]) })).toMatch(/, 0 packets dropped meanwhile$/));
  test("says when a counter began anew", () =>
    expect(told({ drops: new Map([["w-1", 3]]) })).toMatch(/, agents count drops anew$/));
  test("is silent on drops where no agent counts them", () =>
    expect(measureText({ ...before, drops: new Map() }, { ...before, drops: new Map() })).toMatch(/MB\/s \(\+0 %\)$/));
});
