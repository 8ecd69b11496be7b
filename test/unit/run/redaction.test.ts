import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FileCache } from "../../../src/artifacts/fileCache.ts";
import type { Fact } from "../../../src/facts/fact.ts";
import type { ClusterSpec } from "../../../src/model/cluster.ts";
import { reveal } from "../../../src/model/secret.ts";
import type { Instance } from "../../../src/plan/expand.ts";
import type { RunEvent } from "../../../src/run/event.ts";
import { openJournal } from "../../../src/run/journal.ts";
import { kubeFactsOf } from "../../../src/run/look.ts";
import { walk } from "../../../src/run/walk.ts";
import { effects } from "../roles/effects.ts";
import { clusterWithout, freshMachine, harness, inventory, liveCluster } from "../roles/sample.ts";
import { allPlanned, FakeHost, isLook, lookReply, looks, worldOf } from "./machines.ts";

const keys = "a2V5cyBvZiB0aGUgY2x1c3Rlcg==";
const ended = "ActiveState=active\nSubState=exited\nResult=success\nExecMainStatus=0\n[wait-control-plane] healthy\n";

/** A control plane or worker as a machine that is data, behind a host that keeps what it was told. */
function machine(
  name: string,
  cluster: ClusterSpec,
  instance: Instance,
  alive: () => boolean,
  before: () => ReturnType<typeof liveCluster>,
) {
  const roles = harness(cluster);
  const model = freshMachine(name);
  const { step, node } = instance;
  const facts: readonly Fact<unknown>[] =
    step.scope === "node" && node?.name === name ? Object.values(step.facts({ ...roles.target, node })) : [];
  const kube = kubeFactsOf([instance], roles.target);
  const host = new FakeHost(
    name,
    [
      looks(facts, (key) => {
        const reply = model.replies(facts).get(key);
        if (reply === undefined) throw new Error(`no answer for ${key}`);
        return reply;
      }),
      {
        when: (script) => isLook(script) && script.includes("get --raw /readyz"),
        reply: (script) =>
          alive()
            ? {
                stdout: lookReply(script, (probe) => {
                  const key = kube.find((fact) => fact.script.text === probe)?.key ?? "";
                  return before().kube?.get(key) ?? { code: 1, stdout: "" };
                }),
              }
            : { code: 90 },
      },
      { when: /encryption\.yaml\.new/, reply: {} },
      { when: /mkdir -p '\/run\/provision'$/, reply: {} },
      {
        when: /systemd-run/,
        reply: () => {
          effects["kubeadm join"]?.(model, { kind: "daemon-reload" });
          return {};
        },
      },
      { when: /systemctl show -p ActiveState,SubState/, reply: { stdout: ended } },
      { when: /^\n?cat '\/run\/provision\/jobs/, reply: { stdout: ended } },
      { when: /rm -rf -- '\/run\/provision\/kubeadm-/, reply: {} },
      { when: /get --raw \/readyz 2>&1/, reply: { stdout: "ok" } },
      { when: /k wait --for=create 'node\/[^']+' --timeout=8s$/, reply: {} },
      { when: /get serviceaccount default/, reply: {} },
      { when: /k apply -f - .*patch secret/s, reply: {} },
      { when: /tar -C \/ -cf -/, reply: { stdout: keys } },
      { when: /base64 -d \| tar -C \//, reply: {} },
    ],
    (path) => path.startsWith("/run/provision/kubeadm-"),
  );
  return { host, model, roles };
}

async function journalOf(run: (write: (event: RunEvent) => void) => Promise<void>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "journal-"));
  try {
    const journal = openJournal(join(folder, "runs"), "r1");
    await run(journal.write);
    expect((await stat(journal.file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "runs"))).mode & 0o777).toBe(0o700);
    return await readFile(journal.file, "utf8");
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Walks one real step on fake hosts. What was written to the journal, sent as scripts, and sent beside scripts. */
async function walked(id: string, cluster: ClusterSpec, alive: (name: string) => boolean) {
  const instance = harness(cluster).instance(id);
  const own = instance.node?.name ?? "";
  let acted = false;
  const machines = cluster.nodes.map(({ name }) =>
    machine(
      name,
      cluster,
      instance,
      () => alive(name) || (name === own && acted),
      () => (acted ? liveCluster() : clusterWithout(own)),
    ),
  );
  const { model, roles } = machines.find(({ host }) => host.name === own) ?? (machines[0] as (typeof machines)[number]);
  const journal = await journalOf(async (write) => {
    const result = await walk([instance], allPlanned([instance]), {
      world: worldOf(
        cluster,
        machines.map(({ host }) => host),
      ),
      target: roles.target,
      cache: undefined as unknown as FileCache,
      emit: (event) => {
        acted ||= model.paths.has("/etc/kubernetes/provision/initialised");
        write({ at: "2026-01-01T00:00:00.000Z", run: "r1", ...event });
      },
    });
    expect(result).toEqual({ outcome: "done", left: [], diagnostics: [] });
  });
  const hosts = machines.map(({ host }) => host);
  return {
    journal,
    scripts: hosts.flatMap((host) => host.ran.map(({ script }) => script)).join("\n"),
    beside: hosts
      .flatMap((host) => [
        ...host.ran.map(({ options }) =>
          options.stdin === undefined || Buffer.isBuffer(options.stdin) ? "" : reveal(options.stdin),
        ),
        ...host.puts.map(({ bytes }) => bytes.toString()),
      ])
      .join("\n"),
    secrets: {
      token: reveal(roles.target.entropy("token", 8)),
      encryption: Buffer.from(reveal(roles.target.entropy("encryption-key", 32)), "hex").toString("base64"),
    },
  };
}

test("the first control plane: token and encryption key reach the machine beside the scripts, and no journal", async () => {
  const { journal, scripts, beside, secrets } = await walked("control-plane/up@cp-1", inventory("lab"), () => false);
  for (const secret of Object.values(secrets)) {
    expect(beside).toContain(secret);
    expect(scripts).not.toContain(secret);
    expect(journal).not.toContain(secret);
  }
  expect(journal).toContain("kubeadm init");
});

test("a worker's join: so does its token", async () => {
  const { journal, scripts, beside, secrets } = await walked("worker/join@w-1", inventory("lab"), (name) => name === "cp-1");
  expect(beside).toContain(secrets.token);
  expect(scripts).not.toContain(secrets.token);
  expect(journal).not.toContain(secrets.token);
});

test("a further control plane: so do the cluster's own keys", async () => {
  const cluster = inventory("lab-ha");
  const planes = { ...cluster, nodes: cluster.nodes.filter((node) => node.name === "cp-1" || node.name === "w-1") };
  const two = {
    ...planes,
    nodes: planes.nodes.map((node) => (node.name === "w-1" ? { ...node, roles: ["control-plane"] as const } : node)),
  };
  const { journal, scripts, beside } = await walked("control-plane/up@w-1", two, (name) => name === "cp-1");
  expect(beside).toContain(keys);
  expect(scripts).not.toContain(keys);
  expect(journal).not.toContain(keys);
  expect(journal).toContain("key files from a control plane");
});
