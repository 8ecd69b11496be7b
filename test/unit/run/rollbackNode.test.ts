import { expect, test } from "vitest";
import type { FileCache } from "../../../src/artifacts/fileCache.ts";
import type { Kept } from "../../../src/facts/kept.ts";
import type { Target } from "../../../src/role/step.ts";
import type { EventBody } from "../../../src/run/event.ts";
import { rollBack } from "../../../src/run/rollbackNode.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { ends, FakeHost, isLook, worldOf } from "./machines.ts";

const cluster = sampleCluster({ workers: 1 });
const kept: Kept = { kind: "node", before: "1.35.4", until: "1.36.4", at: 1, done: true, missing: [], etcd: "" };
const empty = { code: 0, stdout: '{"items": []}' };

/** One control plane, one worker; `fails` names what does not come out. */
function scene(fails: "drain" | "put-back") {
  const done: string[] = [];
  const note = (what: string, code = 0) => ({
    reply: () => {
      done.push(what);
      return { code, stderr: code === 0 ? "" : "Unit kubelet.service failed: unknown flag\n" };
    },
  });
  const plane = new FakeHost("cp-1", [
    { when: /"unschedulable":true/, ...note("cordon") },
    { when: /"unschedulable":null/, ...note("uncordon") },
    { when: /systemd-run/, ...note("drain") },
    {
      when: /ExecMainStatus/,
      reply: {
        stdout: `ActiveState=active\nSubState=exited\n${fails === "drain" ? "Result=exit-code\nExecMainStatus=1" : "Result=success\nExecMainStatus=0"}\n`,
      },
    },
    {
      when: /systemctl stop 'provision-drain/,
      reply: { stdout: "error: Cannot evict pod as it would violate the budget web\n" },
    },
    {
      when: isLook,
      reply: (script) => ({
        stdout: [...script.matchAll(/printf '%s\\n' '([0-9a-f]+) (\d+)'/g)]
          .map(([, nonce, index]) => `${nonce} ${index}\n${empty.stdout}\n${nonce} end 0\n`)
          .join(""),
      }),
    },
  ]);
  const worker = new FakeHost("w-1", [
    { when: /tar -xpf/, ...note("put back", 1) },
    { when: /^rm -rf/, ...note("forget") },
  ]);
  const events: EventBody[] = [];
  const node = cluster.nodes.find(({ name }) => name === "w-1");
  if (node === undefined) throw new Error("the sample has w-1");
  const go = () =>
    rollBack(
      { node, kept, refused: null },
      {
        world: worldOf(cluster, [plane, worker]),
        target: { cluster } as unknown as Target,
        cache: undefined as unknown as FileCache,
        instances: [],
        emit: (event) => events.push(event),
        run: "r1",
      },
    );
  return { go, done, events };
}

test("a drain that does not end leaves the node as it was: nothing put back, in service", async () => {
  const { go, done, events } = scene("drain");
  expect(await go()).toBe(false);
  expect(done).toEqual(["cordon", "drain", "uncordon"]);
  expect(ends(events)).toEqual(["rollback/drain@w-1 failed", "rollback/uncordon@w-1 changed"]);
});

test("a node that does not come up stays out of service, and what was kept stays", async () => {
  const { go, done, events } = scene("put-back");
  expect(await go()).toBe(false);
  expect(done).toEqual(["cordon", "drain", "put back"]);
  const notes = events.flatMap((event) => (event.type === "note" ? [event.message] : []));
  expect(notes.join()).toContain("w-1 stays cordoned");
  const failed = events.find((event) => event.type === "step-ended" && event.outcome === "failed");
  expect(failed?.type === "step-ended" && failed.diagnostics?.[0]?.seen).toContain("unknown flag");
});
