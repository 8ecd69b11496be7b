import { setTimeout as after } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Scenario } from "../scenarios/scenario.ts";
import { vmShape } from "../vm.ts";
import { vmUnavailable } from "../vmSystem.ts";
import { clockJump } from "./faults.ts";
import { heard } from "./heard.ts";
import { bootOf, newerPackage, packageVersion } from "./packages.ts";
import { nodeStates } from "./upgradeState.ts";

/** Packages of the operating system with a restart, on containers and, where they can be had, on a virtual machine with a kernel of its own. */
const why = await vmUnavailable();
if (why !== null) console.log(`Left out: the virtual machine, because ${why}`);
const vms = why === null && process.env.PROVISION_LAB_VMS !== "0" ? [vmShape({ kernel: "6.1", memoryMb: 1536 })] : [];
const packages = ["upgrade", "--os-packages", "--yes"];
let it: Scenario;
beforeAll(async () => {
  it = await Scenario.open("packages", { controlPlanes: 1, workers: 1, vms });
  it.inventory();
  await it.expectRun(0, ["up", "--yes"]);
}, 1_800_000);
afterAll(() => it?.close());

const names = (): readonly string[] => it.lab.nodes.map(({ name }) => name);

async function expectInService(): Promise<void> {
  for (const node of Object.values(await nodeStates(it)))
    expect(node).toMatchObject({ ready: true, cordoned: false, marked: false });
}

test("killed while packages are installed and while a machine restarts: run again, all have them, each restarted once", {
  timeout: 2_400_000,
}, async () => {
  await Promise.all(names().map((name) => newerPackage(it, name, 5)));
  const boots = await Promise.all(names().map((name) => bootOf(it, name)));
  const first = it.start(packages);
  await heard(first, /cp-1 +turn\/packages +(waiting: )?install/);
  first.process.kill("SIGKILL");
  await first.ended;
  const second = it.start(packages);
  await heard(second, /w-1 +turn\/restart +waiting/);
  second.process.kill("SIGKILL");
  await second.ended;
  expect((await nodeStates(it))["w-1"]).toMatchObject({ cordoned: true, marked: true });
  for (let tries = 0; ; tries++) {
    const last = await it.run(packages);
    console.log(`exit code ${last.code} after ${Math.round(last.seconds)} s\n${last.stdout.slice(-1500)}\n${last.stderr}`);
    if (last.code === 0) break;
    // The machine that was restarting does not answer yet: told, and nothing touched.
    expect([1, 3]).toContain(last.code);
    expect(tries).toBeLessThan(10);
    await after(10_000);
  }
  await expectInService();
  for (const [index, name] of names().entries()) {
    expect(await packageVersion(it, name), name).toBe("2");
    expect(await bootOf(it, name), name).not.toBe(boots[index]);
  }
});

test("nothing newer: no node is touched", async () => {
  const boots = await Promise.all(names().map((name) => bootOf(it, name)));
  const { stdout } = await it.expectRun(0, packages);
  expect(stdout).toContain("no node has newer packages");
  expect(stdout).not.toContain("turn/drain");
  expect(await Promise.all(names().map((name) => bootOf(it, name)))).toEqual(boots);
});

test("a package that does not install: the node stays cordoned with its words, the run stops; mended, run again, it finishes", async () => {
  await newerPackage(it, "w-1", 0);
  await it.on("w-1", "mkdir -p /etc/dpkg/dpkg.cfg.d; echo 'pre-invoke=exit 1' >/etc/dpkg/dpkg.cfg.d/99-fault");
  const { stdout } = await it.expectRun(1, packages);
  expect(stdout).toMatch(/w-1 turn\/packages/);
  expect(stdout).toContain("w-1 stays cordoned");
  await it.on("w-1", "rm /etc/dpkg/dpkg.cfg.d/99-fault");
  await it.expectRun(0, packages);
  await expectInService();
});

test("a clock that jumps by an hour in mid-run: the node's turn is refused before it is out of service", async () => {
  const last = names().at(-1) ?? "";
  await Promise.all(["cp-1", last].map((name) => newerPackage(it, name, 5)));
  const run = it.start(packages);
  await heard(run, /cp-1 +turn\/packages/);
  // A virtual machine has a clock of its own.
  const end = vms.length > 0 ? await realJump(last) : await clockJump(it, last, "1 hour");
  const { code, stdout } = await run.ended;
  await end();
  expect(code, stdout).toBe(1);
  expect(stdout).toMatch(/the clock is 3[56]\d{2} s ahead of this machine's/);
  await expectInService();
  expect(await packageVersion(it, last)).toBe("1");
  await it.expectRun(0, packages);
  expect(await packageVersion(it, last)).toBe("2");
});

async function realJump(node: string): Promise<() => Promise<string>> {
  await it.on(node, "date -s '+1 hour'");
  return () => it.on(node, "date -s '-1 hour'");
}
