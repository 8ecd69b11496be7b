import { existsSync } from "node:fs";
import { mkdir, open, rename, rm, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { clearGathered, gatherCluster, gatheredFiles, gatheredObject, gatheredState, gatherNode } from "../backup/contents.ts";
import { snapshotFile } from "../backup/etcdScripts.ts";
import {
  type BackupManifest,
  clusterPath,
  manifestName,
  nodeFilesPath,
  nodeStatePath,
  type SavedFile,
  snapshotPath,
} from "../backup/manifest.ts";
import { readFacts } from "../facts/fact.ts";
import { configMapFact } from "../facts/kube.ts";
import { HostError } from "../host/host.ts";
import { apiPrelude } from "../kube/apiPrelude.ts";
import { type ClusterSpec, controlPlanes } from "../model/cluster.ts";
import { fetchFile } from "./backupCarry.ts";
import { roomOnNode, snapshot } from "./backupEtcd.ts";
import { makePrivate, partialOf, removeOld } from "./backupFolder.ts";
import { sealFor, type Through } from "./backupSeal.ts";
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

  const { plane, version, room } = await told(emit, { step: "backup/room", node: null }, async () => {
    const kubeadm = configMapFact("kubeadm-config");
    const { through, kube } = await lookAtCluster(sessions, controlPlanes(cluster), [kubeadm]);
    if (through === null || kube === null)
      throw new StepFailure("api/no-answer", "no control plane's API server answers, so there is nothing to take a snapshot of", {
        hint: "an older backup can be put back with provision restore; provision backup --list shows them",
      });
    const live = /^kubernetesVersion: v?(\d+\.\d+\.\d+)$/m.exec(readFacts({ kubeadm }, kube).kubeadm?.ClusterConfiguration ?? "");
    if (live?.[1] === undefined)
      throw new StepFailure("backup/version-unknown", "ConfigMap kubeadm-config names no Kubernetes version");
    const etcd = await roomOnNode(sessions, through.name);
    await roomHere(to, etcd.data);
    return { plane: through, version: live[1], room: etcd };
  });

  const at = new Date().toISOString();
  try {
    await rm(partial, { recursive: true, force: true });
    const save = saver(world, partial, seal, files);
    await sessions.with(plane.name, (host) => host.run(clearGathered.text));
    const checked = await told(emit, { step: "backup/etcd", node: plane.name }, async () => {
      const place = { step: "backup/etcd", node: plane.name };
      emit({ type: "action", ...place, summary: "take a snapshot of etcd, restore it into an etcd of its own, read that" });
      const found = await snapshot(sessions, plane.name, run, (summary, reason) =>
        emit({ type: "waiting", ...place, summary, reason }),
      );
      await save(plane.name, snapshotFile, snapshotPath);
      return found;
    });
    await told(emit, { step: "backup/cluster", node: plane.name }, async () => {
      const reply = await sessions.with(plane.name, (host) =>
        host.run(gatherCluster(apiPrelude(plane)).text, { timeout: 300_000 }),
      );
      if (reply.code !== 0)
        throw new StepFailure("backup/not-read", "the cluster's objects could not be read", { seen: lastWords(reply.stderr) });
      for (const name of reply.stdout.split("\n").filter((line) => line !== ""))
        await save(plane.name, gatheredObject(name), clusterPath(name));
    });
    const missing = await saveNodes(world, options, save);
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
    await told(emit, { step: "backup/whole", node: null }, () => finish(manifest, options));
    return manifest;
  } finally {
    await rm(partial, { recursive: true, force: true });
    await Promise.allSettled(cluster.nodes.map(({ name }) => sessions.with(name, (host) => host.run(clearGathered.text))));
  }
}

type Save = (node: string, from: string, path: string) => Promise<void>;

const saver =
  ({ sessions, cluster }: World, folder: string, seal: Through, files: SavedFile[]): Save =>
  async (node, from, path) => {
    const name = cluster.backup.age.length === 0 ? path : `${path}.age`;
    await makePrivate(join(folder, dirname(name)));
    const { plain, stored } = await fetchFile(sessions, { node, path: from }, { file: join(folder, name), seal });
    files.push({ path: name, size: stored.size, sha256: stored.sha256, plainSize: plain.size, plainSha256: plain.sha256 });
  };

/** Answers the names of nodes that could not be reached: a worker that is down is no reason to have no backup. */
async function saveNodes(world: World, { cluster, emit }: BackupOptions, save: Save): Promise<readonly string[]> {
  const missing: string[] = [];
  await Promise.all(
    cluster.nodes.map(({ name }) =>
      told(emit, { step: "backup/node", node: name }, async () => {
        try {
          const reply = await world.sessions.with(name, (host) => host.run(gatherNode().text));
          if (reply.code !== 0)
            throw new StepFailure("backup/not-read", "keys and configuration could not be gathered", {
              seen: lastWords(reply.stderr),
            });
          await save(name, gatheredFiles, nodeFilesPath(name));
          await save(name, gatheredState, nodeStatePath(name));
        } catch (error) {
          if (!(error instanceof HostError) || !error.transient) throw error;
          missing.push(name);
          emit({ type: "note", message: `${name} does not answer (${error.message}): the backup goes without its files` });
        }
      }),
    ),
  );
  return missing.sort();
}

async function finish(manifest: BackupManifest, { emit, to, keep }: BackupOptions): Promise<void> {
  const partial = partialOf(to);
  const handle = await open(join(partial, manifestName), "wx", 0o600);
  await handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
  await handle.sync();
  await handle.close();
  await rename(partial, to);
  if (keep === undefined) return;
  const gone = await removeOld(to, keep);
  if (gone.length > 0) emit({ type: "note", message: `removed older backups, ${keep} stay: ${gone.join(", ")}` });
}

async function roomHere(to: string, needed: number): Promise<void> {
  const parent = dirname(to);
  if (existsSync(to))
    throw new StepFailure("backup/exists", `${to} is there already; a backup is a new folder`, {
      hint: "name another one with -o",
    });
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(parent);
  const needs = needed + 64 * 1024 * 1024;
  if (bavail * bsize >= needs) return;
  const mb = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`;
  throw new StepFailure("backup/no-room", `the backup ${basename(to)} needs ${mb(needs)} in ${parent}, on this machine`, {
    seen: `${mb(bavail * bsize)} free`,
    hint: "make room, or name another folder with -o",
  });
}
