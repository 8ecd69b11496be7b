import { nodeFilesPath, snapshotPath } from "../backup/manifest.ts";
import {
  forgetLost,
  putKeysBack,
  restoreDone,
  restoreEtcd,
  restoreRoom,
  sentFiles,
  sentSnapshot,
} from "../backup/restoreScripts.ts";
import { type Script, sh } from "../host/sh.ts";
import { controlPlanes, isControlPlane, type NodeSpec } from "../model/cluster.ts";
import { ProvisionError } from "../model/diagnostic.ts";
import { assemble } from "../plan/assemble.ts";
import { type Instance, instanceId } from "../plan/expand.ts";
import { isBlocked } from "../plan/plan.ts";
import { errorsOf } from "../plan/renderPlan.ts";
import { kubernetesSet } from "../role/artifactOf.ts";
import { etcdHealthy } from "../upgrade/gates.ts";
import type { Through } from "./backupSeal.ts";
import { ToldError, told } from "./backupTell.ts";
import { runJob } from "./job.ts";
import { look } from "./look.ts";
import { perform } from "./perform.ts";
import { removeFrom } from "./removeFrom.ts";
import type { ReadBackup } from "./restoreRead.ts";
import { sendFile } from "./restoreSend.ts";
import { reconnect } from "./restoreWorkers.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import { verifyOnce } from "./verifyOnce.ts";
import { type WalkOptions, walk } from "./walk.ts";

export interface RestoreOptions extends WalkOptions {
  readonly instances: readonly Instance[];
  readonly run: string;
  readonly backup: ReadBackup;
  readonly open: Through;
  /** Control planes that are not fresh: what they run is taken off first. */
  readonly wipe: readonly NodeSpec[];
  /** Called when they have been: what was on them, the lock's file too, is gone. */
  readonly wiped: () => Promise<void>;
  /** An earlier run of this restore brought the first control plane up: only the rest is left. */
  readonly resumed: boolean;
}

/** Steps that are the restore's own; between them the ordinary steps run. */
export const restoreSteps = [
  { id: "restore/room", node: null, summary: "there is room for etcd's data" },
  { id: "restore/keys", node: null, summary: "keys are put back" },
  { id: "restore/etcd", node: null, summary: "etcd's data is made from the snapshot" },
  { id: "restore/lost", node: null, summary: "the cluster forgets the lost machines" },
  { id: "restore/worker", node: null, summary: "workers that went on are heard from again" },
  { id: "restore/whole", node: null, summary: "the cluster is whole" },
];

/**
 * Brings the control planes back: the first is made ready by the ordinary steps, gets keys and etcd's data, and is initialised over them;
 * workers that went on find it; every other control plane joins anew. True when the cluster is as the inventory says. Failures are told as steps.
 */
export async function restore(options: RestoreOptions): Promise<boolean> {
  const { world, instances, emit } = options;
  const [first] = controlPlanes(world.cluster);
  if (first === undefined) throw new Error("an inventory has a control plane");
  const up = instanceId("control-plane/up", first);
  try {
    if (!options.resumed) {
      if (options.wipe.length > 0) {
        if (!(await removeFrom(options.wipe, options))) return false;
        await options.wiped();
      }
      const before = upTo(up, instances);
      if (!(await walkThese((id) => id !== up && before.has(id), options))) return false;
      await putBack(first, options);
      if (!(await walkThese((id) => before.has(id), options))) return false;
    }
    await told(emit, { step: "restore/lost", node: first.name }, () => forget(first, options));
    const workers = world.cluster.nodes.filter((node) => !isControlPlane(node));
    const back = await Promise.allSettled(
      workers.map((node) => told(emit, { step: "restore/worker", node: node.name }, () => reconnect(world, node, emit))),
    );
    for (const one of back) if (one.status === "rejected") throw one.reason;
    if (!(await walkThese(() => true, options))) return false;
    await told(emit, { step: "restore/whole", node: first.name }, () => whole(first, options));
    return true;
  } catch (error) {
    if (error instanceof ToldError) return false;
    throw error;
  }
}

/** That step and all it comes after, through any number of steps. */
function upTo(id: string, instances: readonly Instance[]): ReadonlySet<string> {
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  const found = new Set<string>();
  const visit = (one: string): void => {
    if (found.has(one)) return;
    found.add(one);
    byId.get(one)?.after.forEach(visit);
  };
  visit(id);
  return found;
}

async function walkThese(which: (id: string) => boolean, options: RestoreOptions): Promise<boolean> {
  const { world, target, emit } = options;
  const instances = options.instances.filter(({ id }) => which(id));
  const { facts, diagnostics } = await look(world.sessions, target, instances);
  const plan = assemble(instances, target, facts, diagnostics);
  if (isBlocked(plan))
    await told(emit, { step: "restore/plan", node: null }, () => Promise.reject(new ProvisionError(errorsOf(plan), 1)));
  return (await walk(instances, plan.steps, options)).outcome === "done";
}

async function putBack(first: NodeSpec, { world, target, emit, run, backup, open }: RestoreOptions): Promise<void> {
  const { sessions } = world;
  const { manifest, id } = backup;
  const must = async (script: Script, what: string): Promise<string> => {
    const reply = await sessions.with(first.name, (host) => host.run(script.text));
    if (reply.code === 0) return reply.stdout;
    throw new StepFailure("restore/failed", `could not ${what}`, { seen: lastWords(reply.stderr) });
  };
  const at = (step: string) => ({ step: `restore/${step}`, node: first.name });
  await told(emit, at("room"), async () => {
    const size = manifest.files.reduce((sum, file) => sum + file.plainSize, 0);
    const needed = 2 * size + 192 * 1024 * 1024;
    const free = Math.min(...(await must(restoreRoom, "see how much room there is")).trim().split("\n").map(Number));
    if (free >= needed) return;
    const mb = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`;
    throw new StepFailure("restore/no-room", `etcd's data needs ${mb(needed)} under /var/lib`, {
      seen: `${mb(free)} free`,
      hint: "make room on this control plane and run the same command again",
    });
  });
  await told(emit, at("keys"), async () => {
    await sendFile(sessions, backup, { path: nodeFilesPath(manifest.etcd.member), open }, { node: first.name, path: sentFiles });
    await must(putKeysBack(manifest.secretsEncrypted), "put the keys back");
  });
  await told(emit, at("etcd"), async () => {
    emit({ type: "action", ...at("etcd"), summary: `send the snapshot of ${manifest.at}, revision ${manifest.etcd.revision}` });
    await sendFile(sessions, backup, { path: snapshotPath, open }, { node: first.name, path: sentSnapshot });
    const image = `registry.k8s.io/etcd:${kubernetesSet(target).etcd}`;
    const script = restoreEtcd(first, image, run, id);
    const job = { name: `restore-${run}`, summary: "make etcd's data from the snapshot", script, deadlineSeconds: 1800 };
    await sessions.with(first.name, (host) =>
      runJob(host, job, { onReason: (reason) => emit({ type: "waiting", ...at("etcd"), summary: job.summary, reason }) }),
    );
  });
}

/** The other control planes' machines are fresh, whatever etcd says. One that has joined since is one the run before this took in: it stays. */
async function forget(first: NodeSpec, { world, backup, resumed, emit }: RestoreOptions): Promise<void> {
  if (resumed) return;
  const planes = [...backup.manifest.controlPlanes, ...controlPlanes(world.cluster)].map(({ name }) => name);
  const lost = [...new Set(planes)].filter((name) => name !== first.name);
  if (lost.length === 0) return;
  emit({ type: "action", step: "restore/lost", node: first.name, summary: `forget ${lost.join(", ")}` });
  const reply = await world.onControlPlane((host, prelude) => host.run(sh`${prelude}\n${forgetLost(lost)}`.text));
  if (reply.code !== 0)
    throw new StepFailure("restore/failed", "could not make the cluster forget the lost machines", {
      seen: lastWords(reply.stderr),
    });
}

async function whole(first: NodeSpec, options: RestoreOptions): Promise<void> {
  const { world, cache, emit } = options;
  const place = { step: "restore/whole", node: first.name };
  const condition = etcdHealthy(controlPlanes(world.cluster).length);
  const onReason = (summary: string, reason: string): void => emit({ type: "waiting", ...place, summary, reason });
  await perform({ kind: "wait", condition }, { world, cache, node: first.name, onReason });
  const found = await verifyOnce({ ...options, bringPods: false });
  if (found.length > 0) throw new ProvisionError(found, 1);
  await world.sessions.with(first.name, (host) => host.run(restoreDone.text));
}
