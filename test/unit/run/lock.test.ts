import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Host, HostError } from "../../../src/host/host.ts";
import { localHost } from "../../../src/host/localHost.ts";
import { breakLock, lockHolders } from "../../../src/run/breakLock.ts";
import { type LockOwner, takeLock } from "../../../src/run/lock.ts";
import { Sessions } from "../../../src/run/sessions.ts";
import { World } from "../../../src/run/world.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { FakeHost, worldOf } from "./machines.ts";

const owner = (user: string): LockOwner => ({
  run: `run-of-${user}`,
  user,
  host: "desk",
  pid: 42,
  since: "2026-01-02T03:04:05.000Z",
});
const plane = (name: string, says: string): FakeHost => new FakeHost(name, [{ when: /flock/, reply: { stdout: `${says}\n` } }]);
const one = sampleCluster({ workers: 0 });
const three = sampleCluster({ controlPlanes: 3, workers: 0 });

describe("the cluster's lock", () => {
  test("is held on every control plane, and given back on every one", async () => {
    const planes = ["cp-1", "cp-2", "cp-3"].map((name) => plane(name, "held"));
    const lock = await takeLock(worldOf(three, planes), owner("ann"));
    expect(planes.map((one) => one.held.map(({ released }) => released))).toEqual([[false], [false], [false]]);
    await lock.release();
    expect(planes.map((one) => one.held.map(({ released }) => released))).toEqual([[true], [true], [true]]);
  });

  test("held by another run: who, from where, since when; exit 3, and nothing stays held", async () => {
    const planes = [
      plane("cp-1", "held"),
      plane("cp-2", "busy bob@laptop (process 7, run x) since 2026-01-01T00:00:00.000Z"),
      plane("cp-3", "held"),
    ];
    await expect(takeLock(worldOf(three, planes), owner("ann"))).rejects.toMatchObject({
      exitCode: 3,
      diagnostics: [
        {
          code: "lock/held",
          message: "another run holds the lock: bob@laptop (process 7, run x) since 2026-01-01T00:00:00.000Z",
          place: { node: "cp-2" },
        },
      ],
    });
    expect(planes[0]?.held.map(({ released }) => released)).toEqual([true]);
    expect(planes[2]?.held).toEqual([]);
  });

  test("a control plane that does not answer is told by name, and nothing stays held", async () => {
    const lost = new FakeHost("cp-2", [
      {
        when: /flock/,
        reply: () => {
          throw new HostError("unreachable", "cp-2", "10.77.0.12:22 does not answer");
        },
      },
    ]);
    const first = plane("cp-1", "held");
    await expect(takeLock(worldOf(three, [first, lost]), owner("ann"))).rejects.toMatchObject({
      exitCode: 3,
      diagnostics: [{ code: "host/unreachable", message: "10.77.0.12:22 does not answer", place: { node: "cp-2" } }],
    });
    expect(first.held.map(({ released }) => released)).toEqual([true]);
  });

  test("in a real shell: the second is refused and told of the first; it is free when the first is gone, however it went", async () => {
    const folder = await mkdtemp(join(tmpdir(), "lock-"));
    const local = localHost("cp-1");
    const here: Host = { ...local, hold: (script) => local.hold(script.replaceAll("/run/provision-lock", `${folder}/lock`)) };
    const world = worldOf(sampleCluster({ workers: 0 }), [here]);
    try {
      const first = await takeLock(world, owner("ann"));
      await expect(takeLock(world, owner("bob"))).rejects.toMatchObject({
        diagnostics: [
          { message: "another run holds the lock: ann@desk (process 42, run run-of-ann) since 2026-01-02T03:04:05.000Z" },
        ],
      });
      await first.release();
      await (await takeLock(world, owner("bob"))).release();
      await takeLock(world, owner("cid"));
      // The connection is cut: nobody released anything.
      await local.close();
      await (await takeLock(world, owner("dan"))).release();
    } finally {
      await local.close();
      await rm(folder, { recursive: true });
    }
  });

  describe("after a cut connection", () => {
    let folder = "";
    const hosts: Host[] = [];
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "lock-"));
    });
    afterEach(async () => {
      await Promise.all(hosts.splice(0).map((one) => one.close()));
      await rm(folder, { recursive: true });
    });
    /** The machine of a cluster, over a connection that `close` cuts. */
    const connection = (): Host => {
      const local = localHost("cp-1");
      hosts.push(local);
      const here = (script: string): string =>
        script.replaceAll("/run/provision-lock", `${folder}/lock`).replaceAll("/var/lib/provision", folder);
      return { ...local, hold: (script) => local.hold(here(script)), run: (script, options) => local.run(here(script), options) };
    };
    /** A world whose first connection is cut by `cut`; each one after is new. */
    const world = (first: Host) => {
      let used = false;
      const connect = async (): Promise<Host> => {
        if (!used) {
          used = true;
          return first;
        }
        return connection();
      };
      return new World(sampleCluster({ workers: 0 }), new Sessions(connect));
    };
    const cut = async (one: Host): Promise<void> => {
      one.hold = () => Promise.reject(new HostError("lost", "cp-1", "the connection is gone"));
      await one.close();
    };
    const holder = async (): Promise<string> => (await connection().run("cat /run/provision-lock.owner")).stdout;

    test("a run that goes on takes it again", async () => {
      const first = connection();
      const lock = await takeLock(world(first), owner("ann"));
      await cut(first);
      await expect.poll(holder).toContain("ann@desk");
      await expect(takeLock(worldOf(one, [connection()]), owner("bob"))).rejects.toMatchObject({
        diagnostics: [{ message: expect.stringContaining("ann@desk") }],
      });
      expect(lock.lost.aborted).toBe(false);
      await lock.release();
      await (await takeLock(worldOf(one, [connection()]), owner("bob"))).release();
    });

    test("not when another run has had it in between, even if that one is over", async () => {
      const first = connection();
      let back: () => void = () => undefined;
      const away = new Promise<void>((resolve) => {
        back = resolve;
      });
      const slow = connection();
      const through: Host = { ...slow, hold: (script) => away.then(() => slow.hold(script)) };
      let next = first;
      const lock = await takeLock(new World(one, new Sessions(async () => next)), owner("ann"));
      next = through;
      await cut(first);
      await (await takeLock(worldOf(one, [connection()]), owner("bob"))).release();
      back();
      await expect.poll(() => lock.lost.aborted).toBe(true);
    });

    test("not when somebody broke it", async () => {
      const lock = await takeLock(world(connection()), owner("ann"));
      const { holders } = await lockHolders(worldOf(one, [connection()]));
      for (const found of holders) expect(await breakLock(worldOf(one, [connection()]), found)).toBeNull();
      await expect.poll(() => lock.lost.aborted).toBe(true);
    });
  });
});
