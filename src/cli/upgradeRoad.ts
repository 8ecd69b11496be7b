import { join } from "node:path";
import { clusterImages } from "../../roles/clusterImages.ts";
import { backup } from "../run/backup.ts";
import { backupsFolder } from "../run/backupFolder.ts";
import { ToldError } from "../run/backupTell.ts";
import type { UpgradeBegin } from "../run/event.ts";
import { type HopOutcome, upgradeHop } from "../run/upgradeHop.ts";
import type { Hop } from "../upgrade/hops.ts";
import { hopSteps } from "../upgrade/phase.ts";
import type { UpgradePlan } from "../upgrade/upgradePlan.ts";
import type { CliIo } from "./cliIo.ts";
import { againstPlan, lookAtUpgrade } from "./lookAtUpgrade.ts";
import type { OpenRun } from "./openRun.ts";
import type { Prepared } from "./prepare.ts";
import { leftHalfWay } from "./rollbackPlan.ts";

export interface Road {
  readonly hops: readonly Hop[];
  /** The first hop, as it was shown. */
  readonly planned: UpgradePlan;
  readonly prepared: Prepared;
  readonly run: OpenRun;
  readonly lost: AbortSignal;
  /** An earlier run has upgraded a control plane already: its backup is the one to go back to. */
  readonly begun: boolean;
  readonly at: (version: string) => Promise<Prepared>;
  /** Nobody can be asked: a pause is an end. */
  readonly unattended: boolean;
}

/** Backs up, then walks the hops one by one. What ends it early was told. */
export async function walkRoad(io: CliIo, road: Road): Promise<HopOutcome> {
  const { prepared, run, begun } = road;
  const { stop, unsubscribe } = softStop(io, road);
  try {
    begins(road, road.planned);
    if (!begun && !(await backedUp(io, prepared, run, stop.signal))) return stop.signal.aborted ? "interrupted" : "failed";
    for (const [index, hop] of road.hops.entries()) {
      const pauses = index > 0 && prepared.cluster.upgrade.pause !== "never";
      if (pauses && !(await asker(road, stop.signal)(`all nodes run ${hop.from}`, `the upgrade to ${hop.to}`)))
        return "interrupted";
      const now = index === 0 ? prepared : await road.at(hop.to);
      try {
        if (index > 0) {
          const { plan, upgrade } = await lookAtUpgrade(now, road.hops.slice(index));
          begins(road, upgrade);
          const against = againstPlan(hop, plan);
          for (const message of against) run.emit({ type: "note", message });
          if (against.length > 0) return "failed";
        }
        const outcome = await oneHop(io, road, now, stop.signal);
        if (outcome === "failed")
          for (const message of await leftHalfWay(io, now, now.cluster.source)) run.emit({ type: "note", message });
        if (outcome !== "done") return outcome;
      } finally {
        if (index > 0) await now.close();
      }
    }
    return "done";
  } finally {
    unsubscribe();
  }
}

/** Ctrl-C, or a lock that is lost: the node whose turn it is ends it, no other begins. */
export function softStop(
  io: CliIo,
  { run, lost }: Pick<Road, "run" | "lost">,
): { readonly stop: AbortController; readonly unsubscribe: () => void } {
  const stop = new AbortController();
  const tell = (message: string): void => {
    stop.abort();
    run.emit({ type: "note", message: `stopping: ${message}` });
  };
  const unsubscribe = io.onInterrupt(() => tell("the node whose turn it is ends it first; press Ctrl-C again to leave at once"));
  lost.addEventListener("abort", () =>
    tell("the connection that held the cluster's lock is gone; the node whose turn it is ends it"),
  );
  return { stop, unsubscribe };
}

function begins({ run, prepared }: Road, planned: UpgradePlan): void {
  const [hop, ...later] = planned.hops;
  if (hop === undefined) return;
  const upgrade: UpgradeBegin = {
    ...hop,
    later: later.length,
    controlPlanes: planned.controlPlanes,
    groups: planned.groups.map(({ name, window, nodes }) => ({ name, window, nodes: nodes.map((node) => node.name) })),
  };
  const cluster = `${prepared.cluster.name} to ${hop.to}`;
  run.emit({ type: "run-started", verb: "upgrade", cluster, steps: hopSteps(planned), upgrade });
}

/** A backup of the older version, before anything is changed. False when there is none; that was told. */
export async function backedUp(
  io: CliIo,
  { cluster, world, owner }: Prepared,
  run: OpenRun,
  stop: AbortSignal,
): Promise<boolean> {
  const to = join(backupsFolder(io.env, io.home, cluster.name), owner.run);
  try {
    await backup(world, { cluster, emit: run.emit, run: owner.run, to, stop, keep: cluster.backup.keep });
    run.emit({ type: "note", message: `backup: ${to}` });
    return true;
  } catch (error) {
    if (error instanceof ToldError) return false;
    throw error;
  }
}

function oneHop(io: CliIo, road: Road, now: Prepared, stop: AbortSignal): Promise<HopOutcome> {
  const { world, target, cache, instances, owner } = now;
  const hooks = { env: io.env, cwd: io.cwd };
  const { emit } = road.run;
  const images = clusterImages(target);
  return upgradeHop({ world, target, cache, instances, emit, run: owner.run, stop, goOn: asker(road, stop), hooks, images });
}

/** Where the inventory says to pause: a person is asked, or, where there is none, it is an end that the next run goes on from. */
export const asker =
  ({ run, unattended, prepared }: Pick<Road, "run" | "unattended" | "prepared">, stop: AbortSignal) =>
  async (done: string, next: string): Promise<boolean> => {
    const paused = `upgrade.pause: ${prepared.cluster.upgrade.pause}`;
    const again = `run the same command again to go on with ${next}`;
    if (unattended) {
      run.emit({ type: "note", message: `${done}; stopping here (${paused}); ${again}` });
      return false;
    }
    run.emit({ type: "note", message: `${done} (${paused})` });
    const answer = await run.ask(`Go on with ${next}? Only 'yes' goes on`, stop);
    if (answer === "yes" && !stop.aborted) return true;
    run.emit({ type: "note", message: `stopping; ${again}` });
    return false;
  };
