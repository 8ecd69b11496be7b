import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mirrorRoot } from "../catalog.ts";
import { controllerAddress } from "../naming.ts";
import { type Inventory, Scenario } from "../scenarios/scenario.ts";
import { clockJump, cutSsh, refuseRegistry, smallStore, unstage, workload } from "./faults.ts";
import { heard } from "./heard.ts";
import { nodeStates } from "./upgradeState.ts";

/** What can go wrong around an upgrade, one thing after the other on the same road: told plainly, harmless, and mended by running it again. */
const [from, to] = ["1.35.4", "1.36.4"] as const;
const upgrade = ["upgrade", "--to", to, "--yes"];
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");
let it: Scenario;
beforeAll(async () => {
  it = await Scenario.open("faults", { controlPlanes: 1, workers: 2 }, [from, to]);
  it.inventory();
  await it.expectRun(0, ["up", "--yes"]);
  await workload(it, 40);
});
afterAll(() => it?.close());

/** Nothing has been taken out of service, and nobody runs another version. */
async function expectUntouched(): Promise<void> {
  const nodes = Object.values(await nodeStates(it));
  for (const node of nodes) expect(node).toMatchObject({ kubelet: from, ready: true, cordoned: false, marked: false });
  expect(await it.on("cp-1", "grep -c kube-apiserver:v1.35.4 /etc/kubernetes/manifests/kube-apiserver.yaml")).toBe("1");
}

/** The run's end, told: what a person would read last. */
async function lastWords(run: ReturnType<Scenario["start"]>): Promise<{ code: number | null; told: string }> {
  const { code, stdout, stderr } = await run.ended;
  const told = flat(`${stdout} ${stderr}`);
  console.log(`exit code ${code}: …${told.slice(-1200)}`);
  expect(told).not.toMatch(/internal error| at .*:\d+:\d+\)/);
  return { code, told };
}

test("a program in the mirror that is not what the catalog says", async () => {
  await unstage(it, "w-1", to);
  const server = createServer((request, response) => {
    const body = readFileSync(join(mirrorRoot(), request.url ?? ""));
    if (request.url?.endsWith("/kubelet") && request.url.includes(to)) body[body.length - 1] = (body.at(-1) ?? 0) ^ 1;
    response.writeHead(200, { "content-length": body.length }).end(body);
  });
  const host = controllerAddress(it.lab.identity);
  await new Promise<void>((listening) => server.listen(0, host, listening));
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  it.inventory((inventory: Inventory) => {
    inventory.artifacts = { ...(inventory.artifacts as object), url, catalog: `${url}/catalog.json` };
  });
  const { code, told } = await lastWords(it.start(upgrade));
  server.close();
  it.inventory();
  expect([1, 3]).toContain(code);
  expect(told).toMatch(/kubelet is not what the catalog says|wrong-digest/);
  await expectUntouched();
  expect(await it.on("w-1", `ls /opt/provision/store | grep -cE 'kubelet-${to}-[0-9a-f]+$'; true`)).toBe("0");
});

test("a disk that is full on one node, found by the look and in the middle of staging", async () => {
  await unstage(it, "w-2", to);
  const tooSmall = await smallStore(it, "w-2", 20);
  const looked = await lastWords(it.start(upgrade));
  await tooSmall.end();
  expect(looked.code).toBe(3);
  expect(looked.told).toContain("/opt/provision");
  const small = await smallStore(it, "w-2", 900);
  const run = it.start(upgrade);
  await heard(run, /backup\/etcd/);
  await small.fill();
  const { code, told } = await lastWords(run);
  await small.end();
  expect(code).toBe(1);
  expect(told).toMatch(/w-2 kubernetes\/store the node could not write \/opt\/provision\/store\//);
  expect(told).toContain("is that disk full?");
  await expectUntouched();
});

test("a registry that one node does not reach", async () => {
  await unstage(it, "w-1", to);
  const end = await refuseRegistry(it, "w-1");
  const { code, told } = await lastWords(it.start(upgrade));
  await end();
  expect(code).toBe(1);
  expect(told).toMatch(/w-1 kubernetes\/images/);
  expect(told).toContain("connection refused");
  await expectUntouched();
});

test("the clock of w-1 jumps by an hour while the control plane is upgraded: no node's turn is begun", async () => {
  const run = it.start(upgrade);
  await heard(run, /control-plane\/applied/);
  const end = await clockJump(it, "w-1", "1 hour");
  const { code, told } = await lastWords(run);
  await end();
  expect(code).toBe(1);
  expect(told).toMatch(/w-1: the clock is 3\d{3} s ahead of this machine's/);
  for (const node of Object.values(await nodeStates(it)))
    expect(node).toMatchObject({ kubelet: from, cordoned: false, marked: false });
  expect(await it.on("w-1", "systemctl is-active kubelet")).toBe("active");
});

test("two operators, and SSH to the control plane cut for a minute while w-1 is drained", async () => {
  it.inventory((inventory) => {
    inventory.upgrade = { pause: "each-node" }; // w-2 is for the next test
  });
  await it.expectRun(1, upgrade); // the turn of cp-1
  const run = it.start(upgrade);
  await heard(run, /w-1 +turn\/drain +waiting/);
  const second = await it.expectRun(3, upgrade);
  expect(second.stderr).toContain("another run holds the lock");
  expect(second.stderr).toContain(`process ${run.process.pid}`);
  await cutSsh(it, "cp-1", 60);
  const { code, told } = await lastWords(run);
  it.inventory();
  // The lock is taken again when the network is back: nobody has had it in between.
  expect(code).toBe(1);
  expect(told).toContain("stopping here (upgrade.pause: each-node)");
  expect(told).not.toContain("the connection that held the cluster's lock is gone");
  expect((await nodeStates(it))["w-1"]).toMatchObject({ kubelet: to, ready: true, cordoned: false, marked: false });
});

test("power cut of w-2 while its kubelet is swapped", async () => {
  const run = it.start(upgrade);
  await heard(run, /w-2 +kubernetes\/kubelet +restart/);
  await it.lab.powerOff("w-2");
  await it.lab.powerOn("w-2");
  const { code } = await lastWords(run);
  expect([0, 1]).toContain(code);
  if (code === 1) await it.expectRun(0, upgrade);
  for (const node of Object.values(await nodeStates(it)))
    expect(node).toMatchObject({ kubelet: to, ready: true, cordoned: false, marked: false });
});

test("all is well in the end", async () => {
  it.inventory((inventory) => {
    inventory.kubernetes = { ...(inventory.kubernetes as object), version: to };
  });
  expect((await it.expectRun(0, ["upgrade", "--yes"])).stdout).toContain("Nothing to do");
  await it.expectRun(0, ["verify"]);
  await it.expectProof();
});
