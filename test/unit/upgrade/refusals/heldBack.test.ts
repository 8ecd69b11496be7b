import { expect, test } from "vitest";
import type { Budget } from "../../../../src/facts/upgradeObjects.ts";
import type { PodSeen } from "../../../../src/facts/upgradePods.ts";
import { heldBack } from "../../../../src/upgrade/refusals/budgets.ts";

const budget = (name: string, disruptionsAllowed: number): Budget => ({
  metadata: { namespace: "shop", name },
  spec: { minAvailable: 2, selector: { matchLabels: { app: name }, matchExpressions: [] } },
  status: { disruptionsAllowed, currentHealthy: 2, desiredHealthy: 2, expectedPods: 2 },
});
const pod = (app: string, name: string, node: string): PodSeen => ({
  ...{ namespace: "shop", name, node, phase: "Running", ready: true, labels: { app } },
  ...{ controller: { kind: "ReplicaSet", name: app }, mirror: false, volumes: [], images: [] },
});

test("what holds a node's pods is told by name, with what it asks for", () => {
  const budgets = [budget("web", 0), budget("db", 1), budget("cache", 0)];
  const pods = [pod("web", "web-1", "w-1"), pod("web", "web-2", "w-2"), pod("db", "db-1", "w-1"), pod("cache", "cache-1", "w-2")];
  expect(heldBack("w-1", budgets, pods)).toEqual([
    "PodDisruptionBudget shop/web keeps web-1 (minAvailable: 2; 2 of 2 pods healthy, 2 must be)",
  ]);
});
