import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunEvent } from "../../../src/run/event.ts";
import type { Ran } from "../cli.ts";
import { Scenario } from "../scenarios/scenario.ts";
import { hasKeptDisks, keepDisks, putBackDisks } from "./golden.ts";
import { nodeStates, unlike, upgradeState } from "./upgradeState.ts";

/** Runs that are killed, again and again, on the same road from the same disks: in the end all is as after a run that nobody disturbed. */
const [from, to] = ["1.35.4", "1.36.4"] as const;
const upgrade = ["upgrade", "--to", to, "--yes", "--json"];
const randomKills = Number(process.env.PROVISION_KILLS ?? "20");
/** "1": a step is one boundary on control planes and one on workers, whichever node comes first; else it is one on every node. */
const kinds = process.env.PROVISION_KILLS_KINDS === "1";
let it: Scenario;

/** What a lab that was left standing (PROVISION_LAB_KEEP=1) goes on from: the state to be reached, and the boundaries that have had their kill. */
interface Memory {
  readonly undisturbed: readonly string[];
  readonly seen: readonly string[];
}
let memory: Memory = { undisturbed: [], seen: [] };
const memoryPath = (): string => join(it.lab.folder, "golden", "kills.json");
function remember(now: Partial<Memory>): void {
  memory = { ...memory, ...now };
  writeFileSync(memoryPath(), JSON.stringify(memory));
}

beforeAll(async () => {
  it = await Scenario.open("kills", { controlPlanes: 1, workers: 2 }, [from, to]);
  it.inventory();
  if (!hasKeptDisks(it)) {
    await it.expectRun(0, ["up", "--yes"]);
    await keepDisks(it);
  } else if (existsSync(memoryPath())) memory = JSON.parse(readFileSync(memoryPath(), "utf8"));
  else await putBackDisks(it);
  if (memory.undisturbed.length > 0) return;
  await it.expectRun(0, upgrade);
  remember({ undisturbed: await upgradeState(it) });
}, 1_800_000);
beforeEach(async () => {
  await putBackDisks(it);
  await it.kubectl("cordon w-2");
});
afterAll(() => it?.close());

/** Told to end at a moment of its own; true when it came to its end before. */
async function killedAt(moment: (run: ReturnType<Scenario["start"]>) => Promise<unknown>): Promise<boolean> {
  const run = it.start(upgrade);
  await moment(run).catch(() => {}); // ended without that moment
  run.process.kill("SIGKILL");
  const ran: Ran = await run.ended;
  if (ran.code !== null && ran.code !== 0) throw new Error(`ended with ${ran.code}\n${ran.stdout.slice(-3000)}\n${ran.stderr}`);
  for (const { name, cordoned, marked } of await whenAnswering())
    expect({ name, cordoned, marked }).toEqual({ name, cordoned: name === "w-2" || marked, marked: name !== "w-2" && cordoned });
  return ran.code === 0;
}

/** The only API server may be on its way to another version. */
async function whenAnswering() {
  for (let tries = 0; ; tries++) {
    const states = await nodeStates(it).catch((error) => {
      if (tries > 300) throw error;
      return null;
    });
    if (states !== null) return Object.values(states);
    await after(1000);
  }
}

async function expectAsUndisturbed(): Promise<void> {
  const { "w-2": byHand, ...others } = await nodeStates(it);
  expect(byHand).toMatchObject({ kubelet: to, ready: true, cordoned: true, marked: false });
  for (const node of Object.values(others)) expect(node).toMatchObject({ kubelet: to, cordoned: false, marked: false });
  await it.kubectl("uncordon w-2");
  expect(unlike(memory.undisturbed, await upgradeState(it))).toEqual([]);
  it.inventory((inventory) => {
    inventory.kubernetes = { ...(inventory.kubernetes as object), version: to };
  });
  await it.expectRun(0, ["verify"]);
  it.inventory();
}

test("killed after every step, each time the first that no run before was killed after", { timeout: 5_400_000 }, async () => {
  const seen = new Set(memory.seen);
  const unseen = (event: RunEvent): boolean => {
    if (event.type !== "step-ended") return false;
    const boundary = `${event.step}@${kinds ? event.node?.replace(/-\d+$/, "") : event.node}`;
    if (seen.has(boundary)) return false;
    seen.add(boundary);
    return true;
  };
  let kills = 0;
  while (!(await killedAt((run) => run.event(unseen)))) {
    remember({ seen: [...seen] });
    console.log(`kill ${++kills} after ${[...seen].at(-1)}`);
  }
  await expectAsUndisturbed();
});

test(`killed at ${randomKills} moments by chance, as often over from the start as that takes`, {
  timeout: 5_400_000,
}, async () => {
  for (let kills = 0; kills < randomKills; ) {
    const milliseconds = 3000 + 60_000 * Math.random();
    const ended = await killedAt((run) => Promise.race([run.ended, after(milliseconds)]));
    if (ended) {
      await expectAsUndisturbed();
      await putBackDisks(it);
      await it.kubectl("cordon w-2");
    } else console.log(`kill ${++kills} after ${Math.round(milliseconds / 1000)} s`);
  }
  await it.expectRun(0, upgrade);
  await expectAsUndisturbed();
});
