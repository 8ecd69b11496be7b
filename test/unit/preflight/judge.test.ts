import { describe, expect, test } from "vitest";
import type { Catalog } from "../../../src/artifacts/catalog.ts";
import { type Fact, FactError, type FactReplies } from "../../../src/facts/fact.ts";
import { sh } from "../../../src/host/sh.ts";
import { no, seen } from "../../../src/kernel/answer.ts";
import { type CheckTarget, check, fleetCheck } from "../../../src/preflight/check.ts";
import { judgeFleet } from "../../../src/preflight/judgeFleet.ts";
import { factsOfChecks, judgeNode } from "../../../src/preflight/judgeNode.ts";
import { sampleCluster } from "../sampleCluster.ts";

const number = (key: string): Fact<number> => ({
  key,
  script: sh`echo 1`,
  parse: ({ stdout }) => {
    if (!/^\d+$/.test(stdout)) throw new FactError(key, `${key} is not a number`, stdout);
    return Number(stdout);
  },
});
const replies = (values: Readonly<Record<string, string>>): FactReplies =>
  new Map(Object.entries(values).map(([key, stdout]) => [key, { code: 0, stdout }]));

const cluster = sampleCluster();
const catalog: Catalog = { apiVersion: "provision/catalog/v1", files: [], images: [] } as unknown as Catalog;
const targets = cluster.nodes.map((node): CheckTarget => ({ cluster, node, catalog, features: [], thorough: true }));
const [first] = targets as [CheckTarget];

const atLeast = (name: string, least: number) =>
  check({
    name: `host/${name}`,
    title: name,
    facts: () => ({ value: number(name) }),
    judge: ({ facts: { value } }) => [{ what: name, answer: value >= least ? seen(`${value}`) : no("too few", "take more") }],
  });
const workersOnly = { ...atLeast("gpus", 1), when: ({ node }: CheckTarget) => node.roles.includes("worker") };

describe("one machine", () => {
  test("a reply that is not understood makes that answer unknown, and leaves the others alone", () => {
    const checks = [atLeast("cpus", 2), atLeast("disks", 1)];
    const results = judgeNode(checks, first, replies({ cpus: "many", disks: "3" }));
    expect(results.map((result) => [result.check, result.node, result.findings])).toEqual([
      ["host/cpus", "cp-1", [{ what: "cpus", answer: { says: "unknown", why: "cpus is not a number; the machine said: many" } }]],
      ["host/disks", "cp-1", [{ what: "disks", answer: seen("3") }]],
    ]);
  });

  test("a fact that nobody asked for is unknown, too, never yes", () => {
    const [result] = judgeNode([atLeast("cpus", 2)], first, new Map());
    expect(result?.findings[0]?.answer.says).toBe("unknown");
  });

  test("a check that is not for that machine is neither asked nor answered", () => {
    expect(factsOfChecks([workersOnly], first)).toEqual([]);
    expect(judgeNode([workersOnly], first, new Map())).toEqual([]);
  });

  test("a mistake in a check is not taken for an answer", () => {
    const broken = check({
      name: "host/broken",
      title: "broken",
      facts: () => ({}),
      judge: () => {
        throw new TypeError("a mistake");
      },
    });
    expect(() => judgeNode([broken], first, new Map())).toThrow(TypeError);
  });
});

describe("machines together", () => {
  const different = fleetCheck({
    name: "fleet/different",
    title: "different",
    facts: () => ({ value: number("serial") }),
    judge: ({ nodes }) => {
      const twice = [...nodes].filter(([name, { value }]) =>
        [...nodes].some(([other, its]) => other !== name && its.value === value),
      );
      return new Map(twice.map(([name]) => [name, [{ what: "different", answer: no("there twice", "change one") }]]));
    },
  });
  const judged = (...serials: readonly string[]) =>
    judgeFleet(
      [different],
      serials.map((serial, index) => ({ target: targets[index] as CheckTarget, replies: replies({ serial }) })),
    ).map(({ node, findings }) => [node, findings[0]?.answer.says]);

  test("what is said of nobody is fine, and what is said of two is said of both", () => {
    expect(judged("1", "2", "3")).toEqual([
      ["cp-1", "yes"],
      ["w-1", "yes"],
      ["w-2", "yes"],
    ]);
    expect(judged("1", "2", "1")).toEqual([
      ["cp-1", "no"],
      ["w-1", "yes"],
      ["w-2", "no"],
    ]);
  });

  test("a machine whose answer is not understood is unknown; the others are compared without it", () => {
    expect(judged("1", "?", "1")).toEqual([
      ["cp-1", "no"],
      ["w-1", "unknown"],
      ["w-2", "no"],
    ]);
  });

  test("no machine, no result", () => {
    expect(judged()).toEqual([]);
  });
});
