import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { clusterObjects, gatherCluster, gatheredObject } from "../backup/contents.ts";
import { clearGathered, snapshotFile } from "../backup/etcdScripts.ts";
import {
  type BackupManifest,
  clusterPath,
  manifestName,
  readManifest,
  type SavedFile,
  snapshotPath,
} from "../backup/manifest.ts";
import { readFacts } from "../facts/fact.ts";
import { configMapFact } from "../facts/kube.ts";
import { apiPrelude } from "../kube/apiPrelude.ts";
import { type ClusterSpec, controlPlanes } from "../model/cluster.ts";
import { roomOnNode, snapshot } from "./backupEtcd.ts";
import { partialOf, removeOld, roomHere } from "./backupFolder.ts";
import { saveNodes, saver } from "./backupNodes.ts";
import { sealFor } from "./backupSeal.ts";
import { told } from "./backupTell.ts";
import type { Emit } from "./event.ts";
import { lookAtCluster } from "./look.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import type { World } from "./world.ts";

export interface BackupOptions {
  readonly cluster: ClusterSpec;
  readonly emit: Emit;
  /** Id of the run, as journals name it. */
  readonly run: string;
  /** The backup's own folder: it must not be there yet, and appears whole or not at all. */
  readonly to: string;
  /** Soft stop: the step under way ends, no further one begins. */
  readonly stop?: AbortSignal;
  /** Backups beside it that stay, this one among them; absent: nothing is removed. */
  readonly keep?: number;
}

/** Steps of a backup, for the head of a run's story. */
export const backupSteps = (cluster: ClusterSpec): readonly { id: string; node: string | null; summary: string }[] => [
  { id: "backup/room", node: null, summary: "there is room for a backup" },
  { id: "backup/etcd", node: null, summary: "a snapshot of etcd, tried in an etcd of its own" },
  { id: "backup/cluster", node: null, summary: "what the cluster runs" },
  ...cluster.nodes.map(({ name }) => ({ id: `backup/node@${name}`, node: name, summary: "keys and configuration" })),
  { id: "backup/whole", node: null, summary: "the backup counts" },
];

/** Saves everything a restore needs into `to`. Changes nothing that runs. Throws ProvisionError, told as the end of a step already. */
export async function backup(world: World, options: BackupOptions): Promise<BackupManifest> {
  const { cluster, emit, run, to } = options;
  const { sessions } = world;
  const seal = await sealFor(cluster.backup.age);
  const partial = partialOf(to);
  const files: SavedFile[] = [];

  const { plane, version, room } = await told(
    emit,
    { step: "backup/room", node: null },
    async () => {
      const kubeadm = configMapFact("kubeadm-config");
      const { through, kube } = await lookAtCluster(sessions, controlPlanes(cluster), [kubeadm]);
      if (through === null || kube === null)
        throw new StepFailure(
          "api/no-answer",
          "no control plane's API server answers, so there is nothing to take a snapshot of",
          {
            hint: "an older backup can be put back with provision restore; provision backup --list shows them",
          },
        );
      const live = /^kubernetesVersion: v?(\d+\.\d+\.\d+)$/m.exec(
        readFacts({ kubeadm }, kube).kubeadm?.ClusterConfiguration ?? "",
      );
      if (live?.[1] === undefined)
        throw new StepFailure("backup/version-unknown", "ConfigMap kubeadm-config names no Kubernetes version");
      const etcd = await roomOnNode(sessions, through.name);
      await roomHere(to, etcd.data);
      return { plane: through, version: live[1], room: etcd };
    },
    3,
  );
  const clear = () =>
    Promise.allSettled(cluster.nodes.map(({ name }) => sessions.with(name, (host) => host.run(clearGathered.text))));
  const next = <T>(step: string, node: string | null, work: () => Promise<T>): Promise<T> =>
    told(emit, { step, node }, () => {
      if (options.stop?.aborted === true) throw new StepFailure("backup/interrupted", "stopped: this backup does not count");
      return work();
    });

  const at = new Date().toISOString();
  try {
    await rm(partial, { recursive: true, force: true });
    const save = saver(world, partial, seal, files);
    await clear();
    const checked = await next("backup/etcd", plane.name, async () => {
      const place = { step: "backup/etcd", node: plane.name };
      emit({ type: "action", ...place, summary: "take a snapshot of etcd, restore it into an etcd of its own, read that" });
      const found = await snapshot(sessions, plane.name, run, (summary, reason) =>
        emit({ type: "waiting", ...place, summary, reason }),
      );
      await save(plane.name, snapshotFile, snapshotPath);
      return found;
    });
    await next("backup/cluster", plane.name, async () => {
      const reply = await sessions.with(plane.name, (host) =>
        host.run(gatherCluster(apiPrelude(plane)).text, { timeout: 300_000 }),
      );
      if (reply.code !== 0)
        throw new StepFailure("backup/not-read", "the cluster's objects could not be read", { seen: lastWords(reply.stderr) });
      const there = new Set(reply.stdout.split("\n"));
      for (const { name } of clusterObjects.filter((one) => there.has(one.name)))
        await save(plane.name, gatheredObject(name), clusterPath(name));
    });
    const missing = await saveNodes(world, emit, save);
    const manifest: BackupManifest = {
      format: "provision-backup/v1",
      cluster: cluster.name,
      run,
      at,
      kubernetes: version,
      recipients: [...cluster.backup.age],
      secretsEncrypted: cluster.security.encryptSecrets,
      controlPlanes: controlPlanes(cluster).map(({ name, address }) => ({ name, address })),
      nodes: cluster.nodes.map(({ name }) => name),
      missing: [...missing],
      etcd: { member: plane.name, image: room.image, ...checked },
      files: [...files].sort((a, b) => (a.path < b.path ? -1 : 1)),
    };
    await next("backup/whole", null, () => finish(manifest, options));
    return manifest;
  } finally {
    await rm(partial, { recursive: true, force: true });
    await clear();
  }
}

async function finish(manifest: BackupManifest, { emit, to, keep }: BackupOptions): Promise<void> {
  const partial = partialOf(to);
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const read = readManifest(text);
  if ("problem" in read)
    throw new StepFailure("backup/not-understood", "the cluster told something that no manifest may hold", {
      seen: read.problem,
    });
  const handle = await open(join(partial, manifestName), "wx", 0o600);
  await handle.writeFile(text);
  await handle.sync();
  await handle.close();
  await rename(partial, to);
  emit({ type: "note", message: `the backup is ${to}` });
  if (keep === undefined) return;
  const gone = await removeOld(to, keep);
  if (gone.length > 0) emit({ type: "note", message: `removed older backups, ${keep} stay: ${gone.join(", ")}` });
}
