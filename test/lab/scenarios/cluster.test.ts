import { afterAll, beforeAll, expect, test } from "vitest";
import { Scenario } from "./scenario.ts";

/** One control plane, two workers, flannel, nftables: from bare machines to a cluster, and what it is then. */
let it: Scenario;
beforeAll(async () => {
  it = await Scenario.open("s1", { controlPlanes: 1, workers: 2 });
  it.inventory();
});
afterAll(() => it?.close());

test("plan on fresh machines lists what would be done, per node, and does nothing", async () => {
  const { stdout } = await it.expectRun(2, ["plan"]);
  for (const node of ["cp-1", "w-1", "w-2"]) expect(stdout).toContain(node);
  expect(stdout).toContain("kubeadm init");
  expect(await it.on("cp-1", "ls -d /opt/provision /etc/kubernetes 2>/dev/null; true")).toBe("");
});

test("up makes the cluster", async () => {
  await it.expectRun(0, ["up", "--yes"]);
});

test("a workload answers from every node, under nftables", async () => {
  await it.expectProof();
});

test("plan and verify find nothing", async () => {
  expect((await it.expectRun(0, ["plan"])).stdout).toContain("Nothing to do");
  await it.expectRun(0, ["verify"]);
});
