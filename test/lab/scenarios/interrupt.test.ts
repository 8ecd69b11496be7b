import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunEvent } from "../../../src/run/event.ts";
import { waitFor } from "../waitFor.ts";
import { Scenario } from "./scenario.ts";

/** Runs that are stopped at a bad moment, and two runs at once: the next run always ends well, and nothing of the dead one stays. */
let it: Scenario;
beforeAll(async () => {
  it = await Scenario.open("s5", { controlPlanes: 1, workers: 1 });
  it.inventory();
});
afterAll(() => it?.close());

const reset = () => it.expectRun(0, ["reset", "--confirm", "s5"]);

/** The end that every one of these stories must have. */
async function expectWhole(): Promise<void> {
  await it.expectRun(0, ["plan"]);
  await it.expectRun(0, ["verify"]);
  for (const { name } of it.lab.nodes) {
    expect(await it.on(name, "ls -A /run/provision/jobs 2>/dev/null; true")).toBe("");
    expect(
      await it.on(
        name,
        "systemctl list-units --all --plain --no-legend 'provision-*' | awk '{print $1}' | grep -v api-proxy; true",
      ),
    ).toBe("");
    expect(await it.on(name, "ls /run/provision/*.yaml /run/provision/*.conf /run/provision-lock.owner 2>/dev/null; true")).toBe(
      "",
    );
    expect(await it.on(name, "find / -xdev -name '*.provision-new*' -o -xdev -path '*/store/*.partial' | head; true")).toBe("");
  }
}

/** mulberry32: the same moments in every run of the test. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const waitingFor = (word: string) => (event: RunEvent) =>
  event.type === "waiting" && `${event.summary}: ${event.reason}`.includes(word);

test("killed again and again, at six moments by chance, each time after one more stretch of work", async () => {
  const chance = random(20261121);
  for (let kill = 0; kill < 6; kill++) {
    const run = it.start(["up", "--yes", "--json"]);
    await Promise.race([run.ended, after(1500 + 9000 * chance())]);
    run.process.kill("SIGKILL");
    await run.ended;
  }
  await it.expectRun(0, ["up", "--yes"]);
  await expectWhole();
  await it.expectProof();
  await reset();
});

test("killed when the control plane starts to come up, in the middle of kubeadm init, and of a join", async () => {
  const starts = (event: RunEvent) => event.type === "step-started" && event.step === "control-plane/up";
  for (const moment of [starts, waitingFor("kubeadm init:"), waitingFor("kubeadm join:")]) {
    const run = it.start(["up", "--yes", "--json"]);
    await run.event(moment);
    run.process.kill("SIGKILL");
    expect((await run.ended).code).toBe(null);
  }
  await it.expectRun(0, ["up", "--yes"]);
  await expectWhole();
  await reset();
});

test("Ctrl-C once: what runs ends, the run says where it is, and the next one finishes", async () => {
  const journals = join(it.folder, "state/provision/s5/runs");
  const before = new Set(readdirSync(journals));
  const run = it.start(["up", "--yes"]);
  await waitFor("the run's first finished step", { intervalMs: 50, deadlineMs: 30_000 }, () => {
    const own = readdirSync(journals).find((name) => !before.has(name));
    return own !== undefined && readFileSync(join(journals, own), "utf8").includes('"changed"') ? null : "none yet";
  });
  run.process.kill("SIGINT");
  const { code, stdout, stderr } = await run.ended;
  expect(code, stdout).toBe(1);
  expect(stdout).toContain("stopping: running steps end first");
  expect(stdout).toMatch(/\d+ steps? not run/);
  expect(stderr).toContain("Run the same command again to go on");
});

test("two at once (the first finishes what Ctrl-C left): the second is refused, and told who works there and since when", async () => {
  const first = it.start(["up", "--yes", "--json"]);
  const started = await first.event((event) => event.type === "step-started");
  const second = await it.expectRun(3, ["up", "--yes"]);
  expect(second.stderr).toContain("another run holds the lock");
  expect(second.stderr).toContain(started.run);
  expect(second.stderr).toContain(`process ${first.process.pid}`);
  expect(second.stderr).toMatch(/since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
  await it.expectRun(3, ["reset", "--confirm", "s5"]);
  expect((await first.ended).code).toBe(0);
  await expectWhole();
});
