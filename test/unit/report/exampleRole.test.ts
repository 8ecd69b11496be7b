import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileFact } from "../../../src/facts/files.ts";
import { assemble } from "../../../src/plan/assemble.ts";
import { expand } from "../../../src/plan/expand.ts";
import { changesOf, isBlocked, type Plan } from "../../../src/plan/plan.ts";
import { nodeStep, type Step, type Target } from "../../../src/role/step.ts";
import { ok } from "../../../src/role/verdict.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { time } from "./exampleRole.ts";

const path = "/etc/systemd/timesyncd.conf.d/90-provision.conf";
const cluster = sampleCluster({ controlPlanes: 1, workers: 0 });
const host: Step = nodeStep({ id: "os/host", summary: "host", facts: () => ({}), check: () => ok, apply: () => [] });

interface Answers {
  readonly clock: string;
  readonly file: string;
}

function planWith(answers: Answers): Plan {
  const replies = new Map([
    ["clock synchronised", { code: 0, stdout: answers.clock }],
    [fileFact(path, true).key, { code: 0, stdout: answers.file }],
  ]);
  // The role asks its target for nothing but the cluster.
  const target = { cluster } as Target;
  return assemble(expand(cluster, [host, ...time]), target, { nodes: new Map([["cp-1", replies]]), api: "none", kube: null }, []);
}

const planOf = (answers: Answers): readonly string[] =>
  planWith(answers).steps.flatMap((step) => changesOf(step).map(({ action, target }) => `${action} ${target}`));

test("a clock that is not synchronised is a restart in the plan", () => {
  expect(planOf({ clock: "no\n", file: "absent\n" })).toEqual([
    "create /etc/systemd/timesyncd.conf.d/90-provision.conf",
    "restart systemd-timesyncd.service",
  ]);
});

test("an answer that is not understood blocks, and names the node", () => {
  const plan = planWith({ clock: "\x1b[2Jperhaps\n", file: "absent\n" });
  expect(isBlocked(plan)).toBe(true);
  expect(plan.steps.at(-1)).toMatchObject({ node: "cp-1", verdict: { status: "blocked" } });
});

test("every piece of code in docs/adding-a-role.md is this role or its test, word for word", () => {
  const read = (...name: string[]): string => readFileSync(join(import.meta.dirname, ...name), "utf8");
  const code = [read("exampleRole.ts"), read("exampleRole.test.ts")].join("\n").replaceAll('"../../../src/', '"../../src/');
  const pieces = [...read("../../../docs/adding-a-role.md").matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, piece = ""]) => piece);
  expect(pieces).toHaveLength(6);
  for (const piece of pieces) expect(code).toContain(piece);
});
