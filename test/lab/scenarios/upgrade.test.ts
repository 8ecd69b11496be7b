import { afterAll, beforeAll, expect, test } from "vitest";
import { badKubelet, neverYields, workload } from "../upgradeFaults/faults.ts";
import { heard } from "../upgradeFaults/heard.ts";
import { nodeStates } from "../upgradeFaults/upgradeState.ts";
import { Scenario } from "./scenario.ts";

/** One upgrade with all its parts going wrong on the way: each failure leaves the cluster in service, and the next run goes on from there. */
const [from, to] = ["1.35.4", "1.36.4"] as const;
let it: Scenario;
beforeAll(async () => {
  it = await Scenario.open("upgrade-ci", { controlPlanes: 1, workers: 2 }, [from, to]);
  it.inventory((inventory) => {
    inventory.upgrade = { drain: { timeout: "20s" } };
  });
  await it.expectRun(0, ["up", "--yes"]);
  await workload(it);
});
afterAll(() => it?.close());

const upgrade = ["upgrade", "--to", to, "--yes"];
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");
const asItWas = { kubelet: from, ready: true, cordoned: false, marked: false };

test("a budget that never yields: the node is back in service at the deadline, unchanged, and the budget is named", async () => {
  const run = it.start(upgrade);
  await heard(run, /control-plane\/applied/);
  await neverYields(it);
  const { code, stdout, stderr } = await run.ended;
  await it.kubectl("-n faults delete pdb never");
  expect(code, `${stdout}\n${stderr}`).toBe(1);
  expect(flat(stdout)).toContain("w-1 is not empty after 20s: a PodDisruptionBudget lets its pods not go");
  expect(flat(stdout)).toMatch(/PodDisruptionBudget faults\/never keeps web-.* \(minAvailable: 2/);
  expect(stderr).toContain("Run the same command again to go on");
  const nodes = await nodeStates(it);
  expect(nodes["cp-1"]).toMatchObject({ kubelet: to, ready: true, cordoned: false, marked: false });
  for (const node of ["w-1", "w-2"]) expect(nodes[node]).toMatchObject(asItWas);
});

test("a kubelet that does not come up: the worker goes back to what it ran, and tells why", async () => {
  await badKubelet(it, "w-1", to);
  const { stdout, stderr } = await it.expectRun(1, upgrade);
  expect(stdout).toContain("unknown flag: --no-such-flag");
  expect(flat(stdout)).toContain("w-1 turn/way-back done");
  expect(stderr).toContain("Run the same command again to go on");
  const nodes = await nodeStates(it);
  for (const node of ["w-1", "w-2"]) expect(nodes[node]).toMatchObject(asItWas);
  await it.on("w-1", "rm /etc/systemd/system/kubelet.service.d/99-fault.conf && systemctl daemon-reload");
});

test("killed while a node is out of service, and again when its kubelet is swapped: the next run ends it, and no cordon but a person's stays", async () => {
  await it.kubectl("cordon w-2");
  for (const moment of [/w-1 +turn\/drain +waiting/, /w-1 +kubernetes\/kubelet +restart/]) {
    const run = it.start(upgrade);
    await heard(run, moment);
    run.process.kill("SIGKILL");
    await run.ended;
  }
  await it.expectRun(0, upgrade);
  const nodes = await nodeStates(it);
  for (const node of ["cp-1", "w-1"])
    expect(nodes[node]).toMatchObject({ kubelet: to, ready: true, cordoned: false, marked: false });
  expect(nodes["w-2"]).toMatchObject({ kubelet: to, ready: true, cordoned: true, marked: false });
  await it.kubectl("uncordon w-2");
});

test("all is as an upgrade without trouble leaves it", async () => {
  it.inventory((inventory) => {
    inventory.kubernetes = { ...(inventory.kubernetes as object), version: to };
  });
  expect((await it.expectRun(0, ["upgrade", "--yes"])).stdout).toContain("Nothing to do");
  await it.expectRun(0, ["plan"]);
  await it.expectRun(0, ["verify"]);
  await it.expectProof();
});
