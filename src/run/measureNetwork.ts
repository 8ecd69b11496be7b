import { isReady, nodesFact } from "../facts/kube.ts";
import { sh } from "../host/sh.ts";
import { controlPlanes } from "../model/cluster.ts";
import { partsOf } from "../network/parts.ts";
import { connectivityObjects } from "./connectivityObjects.ts";
import { applyProbes, clearProbes, probesOf } from "./connectivityProbes.ts";
import { lookAtCluster } from "./look.ts";
import { measureScript, type PairMeasure, readMeasure } from "./measureAsk.ts";
import { StepFailure } from "./stepFailure.ts";
import type { World } from "./world.ts";

export interface NetworkMeasure {
  /** Between how many pairs of nodes; medians of them follow. */
  readonly pairs: number;
  readonly milliseconds: number;
  readonly megabytes: number;
  /** Packets that the network's agents counted as dropped, by node; a node whose agent does not count is left out. */
  readonly drops: ReadonlyMap<string, number>;
}

/** More pairs would say the same, and take longer than many a change. */
const mostPairs = 8;

/**
 * Latency and throughput between pods of neighbouring nodes, one pair after the other, and the drops counted so far. null: there are not two
 * nodes that are ready. Its pods are gone when it returns. Rejects with StepFailure or HostError.
 */
export async function measureNetwork(world: World): Promise<NetworkMeasure | null> {
  const nodes = await readyNodes(world);
  if (nodes.length < 2) return null;
  await clearProbes(world);
  try {
    await applyProbes(world, { apiVersion: "v1", kind: "List", items: connectivityObjects(await liveImage(world)) });
    const { pods } = await probesOf(world, nodes);
    const measured: PairMeasure[] = [];
    for (const [index, node] of nodes.slice(0, mostPairs).entries()) {
      const other = nodes[(index + 1) % nodes.length] ?? "";
      measured.push(await measurePair(world, node, other, pods.get(other) ?? ""));
    }
    return {
      pairs: measured.length,
      milliseconds: median(measured.map((one) => one.milliseconds)),
      megabytes: median(measured.map((one) => one.megabytes)),
      drops: await dropsOf(world, nodes),
    };
  } finally {
    await clearProbes(world);
  }
}

async function measurePair(world: World, node: string, other: string, address: string): Promise<PairMeasure> {
  const { code, stdout } = await world.sessions.with(node, (host) => host.run(measureScript(address).text));
  const read = code === 0 ? readMeasure(stdout) : null;
  if (read === null)
    throw new StepFailure("measure/pair", `a pod of ${node} could not measure the way to a pod of ${other} (${address})`);
  return read;
}

async function readyNodes(world: World): Promise<readonly string[]> {
  const { kube } = await lookAtCluster(world.sessions, controlPlanes(world.cluster), [nodesFact]);
  const reply = kube?.get(nodesFact.key);
  const live = reply === undefined ? [] : nodesFact.parse(reply);
  const ready = new Set(live.filter(({ status }) => isReady(status.conditions)).map(({ metadata }) => metadata.name));
  return world.cluster.nodes.map(({ name }) => name).filter((name) => ready.has(name));
}

/** Cluster DNS's, as it runs now: the one of the new inventory may not be on the nodes yet. */
async function liveImage(world: World): Promise<string> {
  const { code, stdout } = await world.onControlPlane((host, prelude) =>
    host.run(
      sh`${prelude}\nk -n kube-system get deployment coredns -o jsonpath='{.spec.template.spec.containers[0].image}'`.text,
    ),
  );
  if (code !== 0 || stdout === "") throw new StepFailure("measure/image", "cluster DNS does not run: its image is what measures");
  return stdout;
}

async function dropsOf(world: World, nodes: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const script = partsOf(world.cluster).find((part) => part.drops !== undefined)?.drops;
  if (script === undefined) return new Map();
  const counted = await Promise.all(
    nodes.map(async (node) => {
      const { code, stdout } = await world.sessions.with(node, (host) => host.run(script.text));
      return code === 0 && /^\d{1,15}\s*$/.test(stdout) ? [[node, Number(stdout)] as const] : [];
    }),
  );
  return new Map(counted.flat());
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

/** One line for the report of a run. */
export function measureText(before: NetworkMeasure, after: NetworkMeasure): string {
  const change = (was: number, is: number): string => `${is < was ? "" : "+"}${Math.round((is / was - 1) * 100)} %`;
  const dropped = [...after.drops].map(([node, now]) => now - (before.drops.get(node) ?? now));
  const drops = dropped.some((one) => one < 0)
    ? "agents count drops anew"
    : `${dropped.reduce((sum, one) => sum + one, 0)} packets dropped meanwhile`;
  return [
    `pod to pod (${after.pairs} pairs of nodes), before and after:`,
    `latency ${before.milliseconds.toFixed(2)} -> ${after.milliseconds.toFixed(2)} ms (${change(before.milliseconds, after.milliseconds)}),`,
    `throughput of one connection ${Math.round(before.megabytes)} -> ${Math.round(after.megabytes)} MB/s (${change(before.megabytes, after.megabytes)})${dropped.length === 0 ? "" : `, ${drops}`}`,
  ].join(" ");
}
