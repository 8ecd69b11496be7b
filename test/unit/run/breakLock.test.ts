import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Host, HostError } from "../../../src/host/host.ts";
import { localHost } from "../../../src/host/localHost.ts";
import { breakLock, lockHolders } from "../../../src/run/breakLock.ts";
import { type LockOwner, takeLock } from "../../../src/run/lock.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { FakeHost, worldOf } from "./machines.ts";

const owner = (user: string): LockOwner => ({
  run: `run-of-${user}`,
  user,
  host: "desk",
  pid: 42,
  since: "2026-01-02T03:04:05.000Z",
});

let folder = "";
const locals: Host[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unlock-"));
});
afterEach(async () => {
  await Promise.all(locals.splice(0).map((one) => one.close()));
  await rm(folder, { recursive: true });
});

/** This machine as a control plane whose lock lies in a folder of the test. */
function plane(): Host {
  const local = localHost("cp-1");
  locals.push(local);
  const here = (script: string): string => script.replaceAll("/run/provision-lock", `${folder}/lock`);
  return { ...local, hold: (script) => local.hold(here(script)), run: (script, options) => local.run(here(script), options) };
}
const world = (...hosts: Host[]) => worldOf(sampleCluster({ controlPlanes: hosts.length, workers: 0 }), hosts);

test("a lock whose holder is gone is shown and taken from it; its run notices, the file stays, the next run gets the lock", async () => {
  const gone = await takeLock(world(plane()), owner("ann"));
  const here = world(plane());
  const { holders } = await lockHolders(here);
  expect(holders).toMatchObject([
    {
      node: "cp-1",
      words: "ann@desk (process 42, run run-of-ann) since 2026-01-02T03:04:05.000Z",
      owner: { user: "ann", host: "desk", pid: 42 },
    },
  ]);
  const lost = new Promise<void>((resolve) => gone.lost.addEventListener("abort", () => resolve()));
  for (const holder of holders) expect(await breakLock(here, holder)).toBeNull();
  await lost;
  expect(await readdir(folder)).toContain("lock");
  expect((await lockHolders(here)).holders).toEqual([]);
  await (await takeLock(here, owner("bob"))).release();
});

test("a holder that took the lock after another was shown keeps it", async () => {
  await takeLock(world(plane()), owner("ann"));
  const here = world(plane());
  const [shown] = (await lockHolders(here)).holders;
  if (shown === undefined) throw new Error("nobody holds the lock");
  const stale = { ...shown, words: "old@desk (process 1, run x) since 2026-01-01T00:00:00.000Z" };
  expect(await breakLock(here, stale)).toMatchObject({
    code: "lock/not-broken",
    seen: "somebody else holds it now: ann@desk (process 42, run run-of-ann) since 2026-01-02T03:04:05.000Z",
  });
  await expect(takeLock(here, owner("bob"))).rejects.toMatchObject({ exitCode: 3 });
});

test("nobody holds it: nobody is shown, although the last one's words may lie there", async () => {
  expect(await lockHolders(world(plane()))).toEqual({ holders: [], diagnostics: [] });
});

test("a control plane that does not answer is told; what it says of its holder is not believed to be more than text", async () => {
  const silent = new FakeHost("cp-2", [
    {
      when: /provision-lock/,
      reply: () => {
        throw new HostError("unreachable", "cp-2", "10.77.0.12:22 does not answer");
      },
    },
  ]);
  const strange = new FakeHost("cp-1", [{ when: /provision-lock/, reply: { stdout: "x; reboot \u001b[2J\n--\n12\n$(id)\n" } }]);
  expect(await lockHolders(world(strange, silent))).toMatchObject({
    holders: [{ node: "cp-1", words: "x; reboot \u001b[2J", owner: null, pids: [12] }],
    diagnostics: [{ code: "host/unreachable", place: { node: "cp-2" } }],
  });
});
