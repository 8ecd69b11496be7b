import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { allChecks } from "../../src/cli/preflightChecks.ts";
import { lookAtMachines } from "../../src/cli/preflightLook.ts";
import type { Prepared } from "../../src/cli/prepare.ts";
import { prepare } from "../../src/cli/prepare.ts";
import { processIo } from "../../src/cli/processIo.ts";
import { makeConnect } from "../../src/host/connect.ts";
import type { Connect } from "../../src/host/host.ts";
import type { ClusterSpec, NodeSpec } from "../../src/model/cluster.ts";
import type { CheckTarget } from "../../src/preflight/check.ts";
import { renderPreflight } from "../../src/report/preflightText.ts";
import { betweenNodes } from "../../src/run/betweenNodes.ts";
import { Sessions } from "../../src/run/sessions.ts";
import { Lab } from "../lab/lab.ts";
import type { Capture, Farm, FarmOrder } from "./sshFarm.ts";

export interface PreflightTiming {
  readonly label: string;
  /** Seconds from nothing to the last answer, logins and judgement and text included. */
  readonly seconds: number;
  /** Commands sent to one node, the most of all. */
  readonly roundTrips: number;
  readonly logins: number;
  /** MB this process held more than before, at its peak. */
  readonly memory: number;
  readonly nodesOk: string;
}

const simulated = 200;

/** Preflight of three lab machines, with and without what goes from node to node, then of 200 SSH servers that answer as those machines did. */
export async function benchPreflight(say: (line: string) => void): Promise<readonly PreflightTiming[]> {
  const lab = Lab.open("bench");
  await lab.up();
  const io = { ...processIo(process, homedir()), stdout: () => {}, stderr: () => {} };
  try {
    const prepared = await prepare(io, { inventory: lab.inventoryPath });
    await prepared.close();
    const { cluster } = prepared;
    const captures = new Map<string, Capture>();
    const counted = connectTo(cluster);
    say("3 lab machines");
    // The first one warms up: code is compiled and the machines' caches fill, as for whoever runs it a second time.
    await measure("", prepared, cluster, connectTo(cluster), false);
    const looks = await measure("3 lab machines, one look each", prepared, cluster, counted, false, captures);
    const whole = await measure("3 lab machines, and between them", prepared, cluster, connectTo(cluster), true);
    say(`${simulated} SSH servers`);
    const many = await withFarm(cluster, captures, (large) =>
      measure(`${simulated} SSH servers, one look each`, prepared, large, connectTo(large), false),
    );
    return [looks, whole, many];
  } finally {
    await lab.down();
  }
}

const connectTo = (cluster: ClusterSpec): Connect => makeConnect(cluster, { acceptNewHostKeys: false, env: {} });

async function measure(
  label: string,
  { target: { catalog } }: Prepared,
  cluster: ClusterSpec,
  connect: Connect,
  between: boolean,
  captures?: Map<string, Capture>,
): Promise<PreflightTiming> {
  const trips = new Map<string, number>();
  let logins = 0;
  const sessions = new Sessions(async (name, signal) => {
    logins++;
    const host = await connect(name, signal);
    const trip = <T>(work: Promise<T>): Promise<T> => {
      trips.set(name, (trips.get(name) ?? 0) + 1);
      return work;
    };
    return {
      name,
      run: async (script, options) => {
        const reply = await trip(host.run(script, options));
        const nonce = /^([0-9a-f]{24}) 0$/m.exec(reply.stdout)?.[1];
        if (nonce !== undefined) captures?.set(name, { name, nonce, stdout: reply.stdout, at: Date.now() / 1000 });
        return reply;
      },
      put: (path, content, options) => trip(host.put(path, content, options)),
      hold: (script) => trip(host.hold(script)),
      close: () => host.close(),
    };
  });
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  const start = performance.now();
  try {
    const targets = cluster.nodes.map((node): CheckTarget => ({ cluster, node, catalog, features: [], thorough: true }));
    const looked = await lookAtMachines(sessions, targets, allChecks);
    const answered = [...new Set(looked.results.map(({ node }) => node))];
    const crossing = between ? await betweenNodes(sessions, { cluster }, answered) : [];
    const nodes = cluster.nodes.map(({ name }) => name);
    const report = {
      cluster: cluster.name,
      nodes,
      results: [...looked.results, ...crossing],
      diagnostics: looked.diagnostics,
      besides: new Set<string>(),
    };
    const text = renderPreflight(report, { color: false, width: 80, details: false });
    const seconds = (performance.now() - start) / 1000;
    peak = Math.max(peak, process.memoryUsage.rss());
    const verdict = text.trimEnd().split("\n").at(-1) ?? "";
    return {
      label,
      seconds,
      logins,
      roundTrips: Math.max(0, ...trips.values()),
      memory: (peak - before) / 2 ** 20,
      nodesOk: verdict,
    };
  } finally {
    clearInterval(watch);
    await sessions.close();
  }
}

/** The lab's cluster with more machines, each an SSH server on loopback: three control planes, the rest workers. */
async function withFarm<T>(
  small: ClusterSpec,
  captures: ReadonlyMap<string, Capture>,
  use: (large: ClusterSpec) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "provision-farm-"));
  const [plane, worker] = [small.nodes.find(({ roles }) => roles.includes("control-plane")), small.nodes.at(-1)];
  if (plane === undefined || worker === undefined) throw new Error("the lab has no control plane");
  const models = Array.from({ length: simulated }, (_, index) => ({
    model: index < 3 ? plane : worker,
    name: index < 3 ? `cp-${index + 1}` : `w-${index - 2}`,
  }));
  const farm = fork(new URL("./sshFarm.ts", import.meta.url));
  try {
    const hosts = models.map(({ model, name }) => ({ name, capture: captures.get(model.name) as Capture }));
    farm.send({ root: folder, hosts } satisfies FarmOrder);
    const [{ servers, privateKey }] = (await once(farm, "message")) as [Farm];
    const identityFile = join(folder, "id");
    await writeFile(identityFile, privateKey, { mode: 0o600 });
    const nodes = models.map(({ model, name }, index): NodeSpec => {
      const { port = 0, fingerprints: hostKeys = [] } = servers[index] ?? {};
      const ssh = { ...model.ssh, host: "127.0.0.1", port, user: "root", identityFile, hostKeys, bastion: null };
      return { ...model, name, address: `10.99.${Math.floor(index / 250)}.${(index % 250) + 1}`, ssh };
    });
    return await use({ ...small, nodes });
  } finally {
    farm.disconnect();
    await once(farm, "exit");
    await rm(folder, { recursive: true, force: true });
  }
}

export function preflightTable(rows: readonly PreflightTiming[]): string {
  const lines = rows.map(({ label, seconds, roundTrips, logins, memory, nodesOk }) =>
    [
      label.padEnd(34),
      `${seconds.toFixed(2)} s`.padStart(8),
      String(roundTrips).padStart(12),
      String(logins).padStart(7),
      `${memory.toFixed(0)} MB`.padStart(8),
      `  ${nodesOk}`,
    ].join(" "),
  );
  const head = ["".padEnd(34), "wall".padStart(8), "trips a node".padStart(12), "logins".padStart(7), "memory".padStart(8)].join(
    " ",
  );
  const note =
    "The SSH servers run in a process of their own and answer a look with what a lab machine said to it; no shell runs there.";
  return [head, ...lines, note].join("\n");
}
