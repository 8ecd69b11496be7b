import { expect, test } from "vitest";
import { turnGroups, windowOf } from "../../../src/upgrade/order.ts";
import { sampleCluster } from "../sampleCluster.ts";

const cluster = sampleCluster();
const [first] = cluster.nodes;
if (first === undefined) throw new Error("the sample has nodes");
const named = (name: string, roles: readonly ("control-plane" | "worker")[], order: "default" | "edge" = "default") => ({
  ...first,
  name,
  roles,
  order,
});
const nodes = [
  named("edge-1", ["worker"], "edge"),
  named("cp-1", ["control-plane"]),
  named("w-1", ["worker"]),
  named("cp-2", ["control-plane", "worker"]),
  named("w-2", ["worker"]),
];
const wide = { ...cluster, nodes, upgrade: { ...cluster.upgrade, window: 2 } };

test("control planes one at a time whatever the window, then workers, edge nodes last", () => {
  const groups = turnGroups(wide, new Set(nodes.map(({ name }) => name)));
  expect(groups.map(({ name, window, nodes: own }) => [name, window, own.map((node) => node.name)])).toEqual([
    ["control planes", 1, ["cp-1", "cp-2"]],
    ["workers", 2, ["w-1", "w-2"]],
    ["edge", 2, ["edge-1"]],
  ]);
});

test("nodes that need no turn get none", () => {
  expect(turnGroups(wide, new Set(["w-2"])).map(({ name, nodes: own }) => [name, own.map((node) => node.name)])).toEqual([
    ["workers", ["w-2"]],
  ]);
});

test("a share of the group counts all its nodes, those without a turn too; rounded down, one at least", () => {
  expect([
    windowOf("25%", 3),
    windowOf("25%", 8),
    windowOf("34%", 6),
    windowOf("100%", 5),
    windowOf("1%", 1),
    windowOf(4, 2),
  ]).toEqual([1, 2, 2, 5, 1, 4]);
  const half = { ...wide, upgrade: { ...wide.upgrade, window: "100%" as const } };
  expect(turnGroups(half, new Set(["w-2", "edge-1"])).map(({ name, window }) => [name, window])).toEqual([
    ["workers", 2],
    ["edge", 1],
  ]);
});

test("who is asked about each node sees one node at a time", () => {
  const asked = { ...wide, upgrade: { ...wide.upgrade, pause: "each-node" as const } };
  expect(turnGroups(asked, new Set(["w-1", "w-2"])).map(({ window }) => window)).toEqual([1]);
});
