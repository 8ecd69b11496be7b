import { expect, test } from "vitest";
import type { FileCache } from "../../../src/artifacts/fileCache.ts";
import { hostFacts } from "../../../src/facts/hostFacts.ts";
import { packagesFact } from "../../../src/facts/packages.ts";
import type { Target } from "../../../src/role/step.ts";
import type { EventBody } from "../../../src/run/event.ts";
import { packageTurns } from "../../../src/run/packageTurns.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { ends, FakeHost, looks, worldOf } from "./machines.ts";

const cluster = sampleCluster({ workers: 1 });
const node = (name: string) => ({
  metadata: { name, annotations: {}, labels: {} },
  spec: {},
  status: {
    conditions: [],
    nodeInfo: { kubeletVersion: "v1.36.4", containerRuntimeVersion: "", kernelVersion: "", osImage: "" },
  },
});
const nodes = JSON.stringify({ items: ["cp-1", "w-1"].map(node) });
const boot = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

/** One control plane without newer packages, one worker with one; `fails` names the job that does not come out, `clock` how far w-1's is off. */
function scene(fails: "os-packages-fetch" | "os-packages" | null, clock = 0) {
  const done: string[] = [];
  const jobs = (name: string, more: readonly { when: RegExp; reply: object }[]) => {
    let last = "";
    const started = (script: string) => {
      last = /provision-([\w-]+)\.service/.exec(script)?.[1] ?? "";
      done.push(`${last}@${name}`);
      return {};
    };
    const result = () => {
      const failed = name === "w-1" && last === fails;
      return {
        stdout: `ActiveState=active\nSubState=exited\nResult=${failed ? "exit-code\nExecMainStatus=100" : "success\nExecMainStatus=0"}\n`,
      };
    };
    const now = Math.floor(Date.now() / 1000) + (name === "w-1" ? clock : 0);
    return new FakeHost(name, [
      { when: /systemctl list-units/, reply: {} },
      { when: /systemd-run/, reply: started },
      { when: /ExecMainStatus/, reply: result },
      { when: /systemctl stop 'provision-/, reply: { stdout: "E: Sub-process /usr/bin/dpkg returned an error code\n" } },
      looks([packagesFact, hostFacts], (key) => ({
        code: 0,
        stdout:
          key === hostFacts.key ? `clock=${now}\n` : `manager=apt-get\nboot=${boot}\n${name === "w-1" ? "newer=openssl\n" : ""}`,
      })),
      ...more,
      { when: /journalctl/, reply: { stdout: "kubelet.service is running\n" } },
    ]);
  };
  const say = (what: string) => () => {
    done.push(what);
    return {};
  };
  const plane = jobs("cp-1", [
    { when: /"unschedulable":true/, reply: say("cordon") },
    { when: /"unschedulable":null/, reply: say("uncordon") },
    {
      when: /get --raw \/readyz/,
      reply: (script: string) => ({
        stdout: [...script.matchAll(/printf '%s\\n' '([0-9a-f]+) (\d+)'\n\(\n([\s\S]*?)\n\)/g)]
          .map(
            ([, nonce, index, probe]) =>
              `${nonce} ${index}\n${probe?.includes("get nodes") ? nodes : '{"items":[]}'}\n${nonce} end 0\n`,
          )
          .join(""),
      }),
    },
  ]);
  const events: EventBody[] = [];
  const go = () =>
    packageTurns({
      world: worldOf(cluster, [plane, jobs("w-1", [])]),
      target: { cluster } as unknown as Target,
      cache: undefined as unknown as FileCache,
      instances: [],
      emit: (event) => events.push(event),
      run: "r1",
      stop: new AbortController().signal,
      goOn: async () => true,
      hooks: { env: {}, cwd: "/" },
      restart: "needed",
    });
  return { go, done, events };
}

test("packages that cannot be brought stop the run before a node is out of service", async () => {
  const { go, done } = scene("os-packages-fetch");
  expect(await go()).toBe("failed");
  expect([...done].sort()).toEqual(["os-packages-fetch@cp-1", "os-packages-fetch@w-1"]);
});

test("packages that do not install leave the node out of service, and say so", async () => {
  const { go, done, events } = scene("os-packages");
  expect(await go()).toBe("failed");
  expect(done.slice(2)).toEqual(["cordon", "drain-w-1@cp-1", "os-packages@w-1"]);
  expect(ends(events)).toContain("turn/packages@w-1 failed");
  expect(events.flatMap((event) => (event.type === "note" ? [event.message] : [])).join("\n")).toContain("w-1 stays cordoned");
});

test("a machine whose clock is off is refused its turn", async () => {
  const { go, done, events } = scene(null, 3600);
  expect(await go()).toBe("failed");
  expect(done).not.toContain("cordon");
  const failed = events.find((event) => event.type === "step-ended" && event.outcome === "failed");
  expect(failed?.type === "step-ended" && failed.diagnostics?.[0]?.message).toMatch(/the clock is 3\d{3} s ahead/);
});
