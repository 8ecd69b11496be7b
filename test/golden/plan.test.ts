import { describe, expect, test } from "vitest";
import { mermaid } from "../../src/plan/mermaid.ts";
import { planJson } from "../../src/plan/planJson.ts";
import { renderPlan } from "../../src/plan/renderPlan.ts";
import { blockedPlan, converged, hostile } from "./endedPlans.ts";
import { edited, fresh } from "./samplePlans.ts";

/** The files beside this test are what users see. `npx vitest run test/golden -u` writes them anew: read the difference before committing it. */
const plain = { color: false, diff: false, width: 130 };

describe("the plan as text", () => {
  test.each([
    ["fresh", fresh, plain],
    ["fresh-narrow", fresh, { ...plain, width: 72 }],
    ["edited", edited, plain],
    ["edited-diff", edited, { ...plain, diff: true }],
    ["edited-color", edited, { color: true, diff: true, width: 130 }],
    ["blocked", blockedPlan, plain],
    ["converged", converged, plain],
    ["hostile", hostile, { ...plain, diff: true }],
  ] as const)("%s", async (name, plan, options) => {
    await expect(renderPlan(plan, options)).toMatchFileSnapshot(`plans/${name}.txt`);
  });
});

test("the plan as JSON", async () => {
  await expect(planJson(edited, { diff: false })).toMatchFileSnapshot("plans/edited.json");
  expect(planJson(edited, { diff: false })).not.toContain('"before"');
  expect(JSON.parse(planJson(edited, { diff: true })).steps.at(-2).changes[0].before).toContain("pause:3.10.1");
});

test("the graph", async () => {
  await expect(mermaid(fresh.steps, { nodes: false })).toMatchFileSnapshot("plans/fresh.mmd");
});
