import { expect, test } from "vitest";
import { codes, judge } from "./judge.ts";
import { budget, healthy, type PodSaid, workload } from "./scene.ts";

const web = (number: number, node: string, more: Partial<PodSaid> = {}): PodSaid => ({
  name: `web-${number}`,
  node,
  labels: { app: "web" },
  ...more,
});

const guarded = (status: object, spec: object = { maxUnavailable: 1 }, pods = [web(1, "w-1"), web(2, "w-2")]) => {
  const scene = healthy();
  scene.pods.push(...pods);
  scene.budgets.push(budget("web", spec, status));
  return scene;
};

test("a budget that lets no pod go, ever", () => {
  const none = { disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 2, expectedPods: 2 };
  for (const spec of [{ maxUnavailable: 0 }, { minAvailable: 2 }, { minAvailable: "100%" }]) {
    const { diagnostics, mayPass } = judge(guarded(none, spec));
    expect(mayPass).toBe(false);
    expect(diagnostics).toMatchObject([
      { code: "upgrade/budget-never", severity: "error", message: expect.stringContaining("shop/web") },
    ]);
    expect(diagnostics[0]?.hint).toContain("maxUnavailable: 1");
  }
  const single = { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 };
  expect(codes(guarded(single, { minAvailable: 1 }, [web(1, "w-1")]))).toEqual(["error budget-never"]);
});

test("such a budget is no less hopeless while its pods are unwell", () => {
  const unwell = { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 2, expectedPods: 2 };
  expect(codes(guarded(unwell, { maxUnavailable: 0 }))).toEqual(["error budget-never"]);
});

test("a budget that is short at the moment is told, and one with room is not", () => {
  expect(codes(guarded({ disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 2 }))).toEqual([
    "warning budget-short",
  ]);
  expect(codes(guarded({ disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 }))).toEqual([]);
});

test("budgets of pods that stay where they are do not count", () => {
  const none = { disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 2, expectedPods: 2 };
  const away = guarded(none, { maxUnavailable: 0 });
  away.draining.clear();
  expect(codes(away)).toEqual([]);
  expect(codes(guarded(none, { maxUnavailable: 0 }, [web(1, "w-1", { labels: { app: "other" } })]))).toEqual([]);
  expect(codes(guarded(none, { maxUnavailable: 0 }, [web(1, "w-1", { namespace: "elsewhere" })]))).toEqual([]);
  const chosen = { maxUnavailable: 0, selector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] } };
  expect(codes(guarded(none, chosen))).toEqual([]);
});

test("a pod under two budgets can never be evicted", () => {
  const fine = { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 };
  const scene = guarded(fine);
  scene.budgets.push(budget("all", { selector: {} }, fine));
  expect(judge(scene).diagnostics[0]).toMatchObject({
    code: "upgrade/budgets-overlap",
    place: { node: "w-1" },
    seen: "shop/web, shop/all",
  });
});

test("pods that nothing makes again are refused, by node", () => {
  const scene = healthy();
  scene.pods.push(web(1, "w-1", { owner: null }), web(2, "w-1", { owner: null, phase: "Succeeded" }), web(3, "w-2"));
  expect(judge(scene).diagnostics).toMatchObject([
    { code: "upgrade/unmanaged-pods", severity: "error", place: { node: "w-1" }, seen: "shop/web-1" },
  ]);
});

test("data that stays behind is told: emptyDir, folders of the node, volumes of one machine", () => {
  const scene = healthy();
  scene.pods.push(
    web(1, "w-1", { volumes: [{ name: "a", emptyDir: {} }] }),
    web(2, "w-1", { volumes: [{ name: "b", hostPath: { path: "/srv" } }] }),
    web(3, "w-2", { volumes: [{ name: "c", persistentVolumeClaim: { claimName: "data" } }] }),
    web(4, "w-2", { owner: "DaemonSet logs", volumes: [{ name: "d", hostPath: { path: "/var/log" } }] }),
  );
  scene.volumes.push({
    metadata: { name: "pv" },
    spec: { local: { path: "/mnt" }, claimRef: { namespace: "shop", name: "data" } },
  });
  const told = judge(scene).diagnostics;
  expect(told.map(({ severity, code, seen }) => `${severity} ${code} ${seen}`)).toEqual([
    "warning upgrade/local-volumes shop/web-3 on w-2",
    "warning upgrade/host-paths shop/web-2 on w-1",
    "warning upgrade/empty-dirs shop/web-1 on w-1",
  ]);
});

test("workloads of one replica: one warning that lists them", () => {
  const scene = healthy();
  scene.workloads.push(
    workload("Deployment", "shop/web", 1),
    workload("StatefulSet", "shop/db", 1),
    workload("Deployment", "shop/api", 0),
  );
  expect(judge(scene).diagnostics).toMatchObject([
    { code: "upgrade/single-replicas", severity: "warning", seen: "Deployment shop/web, StatefulSet shop/db" },
  ]);
});

test("long lists are cut", () => {
  const scene = healthy();
  for (let number = 0; number < 40; number++) scene.pods.push(web(number, "w-1", { owner: null }));
  expect(judge(scene).diagnostics[0]?.seen).toBe("shop/web-0, shop/web-1, shop/web-2, shop/web-3, shop/web-4 and 35 more");
});

test("a list of pods that is not understood is told once, whoever reads it", () => {
  const scene = healthy();
  scene.pods.push(web(1, "w-1", { name: "one\ttwo" }));
  expect(codes(scene)).toEqual(["error facts/not-understood"]);
  expect(judge(scene).diagnostics).toHaveLength(1);
});
