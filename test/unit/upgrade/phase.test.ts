import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hopSteps, phaseOf } from "../../../src/upgrade/phase.ts";
import { sampleCluster } from "../sampleCluster.ts";

test("what is done on a node before its turn, and in it", () => {
  expect(phaseOf("backup/node", false)).toBe("backing up");
  expect(phaseOf("kubernetes/images", false)).toBe("staging");
  expect(phaseOf("control-plane/applied", false)).toBe("replacing static pods");
  expect(phaseOf("turn/drain", false)).toBe("draining");
  expect(phaseOf("kubernetes/kubelet", true)).toBeNull();
});

test("every station that a turn tells has a phase", () => {
  const folder = join(import.meta.dirname, "../../../src/run");
  const sources = ["nodeTurn.ts", "packageTurns.ts", "emptyNode.ts", "upgradeHop.ts", "savedPods.ts"].filter((name) =>
    readdirSync(folder).includes(name),
  );
  const told = sources.flatMap((name) =>
    [
      ...readFileSync(join(folder, name), "utf8").matchAll(
        /"turn\/([a-z-]+)", node|step: "turn\/([a-z-]+)"|\bat\("([a-z-]+)"\)|conditions\("([a-z-]+)"|gate\("([a-z-]+)"\)/g,
      ),
    ].map((found) => found.slice(1).find((part) => part !== undefined) ?? ""),
  );
  expect(told).toEqual(expect.arrayContaining(["drain", "gate-out", "uncordon", "way-back", "etcd-before"]));
  expect(told.filter((step) => phaseOf(`turn/${step}`, true) === null)).toEqual([]);
});

test("what a hop is known to do: the plan's changes, and the stations of every control plane and turn", () => {
  const { nodes } = sampleCluster({ workers: 1 });
  const [plane, worker] = nodes;
  if (plane === undefined || worker === undefined) throw new Error("the sample has nodes");
  const step = (id: string, status: "ok" | "change") => ({
    id,
    summary: id,
    node: "w-1",
    after: [],
    verdict:
      status === "ok"
        ? ({ status } as const)
        : ({ status, changes: [{ what: "file", action: "create", target: "/x" }] } as const),
  });
  const steps = hopSteps({
    cluster: "sample",
    hops: [{ from: "1.35.4", to: "1.36.4" }],
    staged: ["w-1"],
    controlPlanes: ["cp-1"],
    groups: [
      { name: "control planes", nodes: [plane], window: 1 },
      { name: "workers", nodes: [worker], window: 1 },
    ],
    plan: { cluster: "sample", steps: [step("a/one@w-1", "change"), step("a/two@w-1", "ok")], diagnostics: [] },
  });
  expect(steps.map(({ id }) => id)).toEqual([
    "a/one@w-1",
    "turn/etcd-before@cp-1",
    "turn/etcd-after@cp-1",
    ...["gate-in", "ahead", "drain", "change", "gate-out", "uncordon"].map((name) => `turn/${name}@cp-1`),
    ...["ahead", "drain", "change", "gate-out", "uncordon"].map((name) => `turn/${name}@w-1`),
  ]);
});
