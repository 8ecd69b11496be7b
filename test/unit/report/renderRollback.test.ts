import { expect, test } from "vitest";
import { lastResortLines, renderRollbacks, rollbackLines } from "../../../src/report/renderRollback.ts";
import type { Rollback } from "../../../src/upgrade/rollback.ts";
import { sampleCluster } from "../sampleCluster.ts";

const words = { inventory: "rack-4", source: "rack-4/cluster.yaml" };
const way = (more: Partial<Rollback["kept"]> = {}, refused: Rollback["refused"] = null): Rollback => {
  const [node] = sampleCluster().nodes;
  if (node === undefined) throw new Error("the sample has nodes");
  const at = Date.parse("2026-11-21T18:26:00Z") / 1000;
  return {
    node,
    refused,
    kept: { kind: "node", before: "1.35.4", until: "1.36.4", at, done: true, missing: [], etcd: "", ...more },
  };
};

test("a way back: what, from when, in which order, and the command", () => {
  const [title, ...lines] = rollbackLines(way({ done: false }), words);
  expect(title).toContain("cp-1");
  expect(title).toContain("back to 1.35.4 from before 1.36.4 (kept 2026-11-21 18:26 UTC, of a change that did not end)");
  expect(lines[0]).toContain("drain");
  expect(lines.at(-1)?.trim()).toBe("provision rollback --node cp-1 -i rack-4");
});

test("static pods: etcd before what works on it", () => {
  const lines = rollbackLines(way({ kind: "pods", etcd: "3.6.6-0" }), words);
  expect(lines[1]).toContain("1. put back etcd's manifest (3.6.6-0)");
  expect(lines.at(-1)?.trim()).toBe("provision rollback --node cp-1 --static-pods -i rack-4");
});

test("a way that is not open says why, and shows no command", () => {
  const text = rollbackLines(way({ kind: "pods" }, { message: "it has served", hint: "from the backup" }), words).join("\n");
  expect(text).toContain("not possible: it has served");
  expect(text).not.toContain("--static-pods");
});

test("the last resort is the exact restore, or that there is nothing to restore from", () => {
  const backup = { folder: "/b/20261121", at: "2026-11-21T18:00:00Z", kubernetes: "1.35.4", encrypted: false };
  const text = lastResortLines("1.35.4", backup, words).join("\n");
  expect(text).toContain("kubernetes.version: 1.35.4 in rack-4/cluster.yaml");
  expect(text).toContain("provision restore /b/20261121 -i rack-4 --force-while-answering");
  expect(text).not.toContain("--identity");
  expect(lastResortLines("1.35.4", { ...backup, encrypted: true }, words).join("\n")).toContain("--identity");
  expect(lastResortLines("1.35.4", null, words).join("\n")).toContain("no backup of 1.35.4");
});

test("where nothing is kept it says so", () => {
  expect(renderRollbacks([], ["Last resort"], words, { color: false })).toMatch(
    /^Nothing is kept on the nodes.*\n\nLast resort\n$/,
  );
});
