import { describe, expect, test } from "vitest";
import { roles } from "../../../roles/index.ts";
import { expand, inOrder } from "../../../src/plan/expand.ts";
import { clusterStep, nodeStep, type Step } from "../../../src/role/step.ts";
import { ok } from "../../../src/role/verdict.ts";
import { sampleCluster } from "../sampleCluster.ts";

const step = (id: string, more: Partial<Parameters<typeof nodeStep>[0]> = {}): Step =>
  nodeStep({ id, summary: id, facts: () => ({}), check: () => ok, apply: () => [], ...more });

describe("expand", () => {
  const cluster = sampleCluster({ controlPlanes: 3, workers: 2 });

  test("every step instance stands after what it depends on, whatever order the roles are in", () => {
    const instances = expand(cluster, [...roles].reverse());
    const position = new Map(instances.map((instance, index) => [instance.id, index]));
    for (const { id, after } of instances)
      for (const before of after) expect(position.get(before), `${before} before ${id}`).toBeLessThan(position.get(id) as number);
  });

  test("control planes join one after the other, workers need only the first", () => {
    const waitsFor = (id: string) => expand(cluster, roles).find((one) => one.id === id)?.after;
    expect(waitsFor("control-plane/up@cp-1")).not.toContain("control-plane/up@cp-2");
    expect(waitsFor("control-plane/up@cp-2")).toContain("control-plane/up@cp-1");
    expect(waitsFor("control-plane/up@cp-3")).toContain("control-plane/up@cp-2");
    expect(waitsFor("worker/join@w-2")).toContain("control-plane/up@cp-1");
    expect(waitsFor("worker/join@w-2")).not.toContain("control-plane/up@cp-3");
  });

  test("no worker waits for another node's preparation", () => {
    const instances = expand(cluster, roles);
    const reach = (id: string): string[] =>
      (instances.find((one) => one.id === id)?.after ?? []).flatMap((before) => [before, ...reach(before)]);
    expect(reach("kubernetes/images@w-1").filter((id) => !id.endsWith("@w-1"))).toEqual([]);
  });

  test("a dependency that no role has, and a circle, are mistakes of a role and say so", () => {
    expect(() => expand(cluster, [step("a", { after: ["b"] })])).toThrow("step a comes after b, which no role has");
    expect(() =>
      inOrder([
        { id: "a", after: ["b"] },
        { id: "b", after: ["a"] },
      ]),
    ).toThrow("a -> b -> a");
  });

  test("a step of the cluster stands once, after every node's", () => {
    const whole = clusterStep({
      id: "c",
      summary: "c",
      kube: () => ({}),
      check: () => ok,
      apply: () => [],
      after: [{ step: "a", on: "every-node" }],
    });
    const instances = expand(cluster, [whole, step("a", { when: (node) => node.roles.includes("worker") })]);
    expect(instances.at(-1)).toMatchObject({ id: "c", node: null, after: ["a@w-1", "a@w-2"] });
  });
});
