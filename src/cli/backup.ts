import { basename, join, resolve } from "node:path";
import type { BackupManifest } from "../backup/manifest.ts";
import { HostError } from "../host/host.ts";
import { loadInventory } from "../inventory/loadInventory.ts";
import { type ClusterSpec, controlPlanes } from "../model/cluster.ts";
import type { ExitCode } from "../model/diagnostic.ts";
import { table } from "../report/table.ts";
import { backup, backupSteps } from "../run/backup.ts";
import { backupsFolder, type ListedBackup, listBackups } from "../run/backupFolder.ts";
import { ToldError } from "../run/backupTell.ts";
import { takeLock } from "../run/lock.ts";
import type { CliIo } from "./cliIo.ts";
import { openRun } from "./openRun.ts";
import { type CommonOptions, type Prepared, prepare } from "./prepare.ts";

export interface BackupVerbOptions extends CommonOptions {
  /** The backup's own folder; absent: one named after the run, beside the cluster's journals. */
  readonly output?: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

/** Saves what a lost cluster is brought back from. 0 done, 1 failed, 3 another run is at work or nothing could be looked at. */
export async function backupVerb(io: CliIo, options: BackupVerbOptions): Promise<ExitCode> {
  if (options.list) return list(io, options);
  const prepared = await prepare(io, options);
  const { cluster, owner, world } = prepared;
  try {
    const to =
      options.output === undefined
        ? join(backupsFolder(io.env, io.home, cluster.name), owner.run)
        : resolve(io.cwd, options.output);
    const lock = await takeLock(prepared.worldOf(await withoutLost(prepared)), owner);
    const run = openRun(io, prepared, options.json ?? false);
    const stop = new AbortController();
    const unsubscribe = io.onInterrupt(() => stop.abort());
    let made: BackupManifest | null = null;
    let exitCode: ExitCode = 1;
    try {
      run.emit({ type: "run-started", verb: "backup", cluster: cluster.name, steps: backupSteps(cluster) });
      const keep = options.output === undefined ? { keep: cluster.backup.keep } : {};
      made = await backup(world, { cluster, emit: run.emit, run: owner.run, to, stop: stop.signal, ...keep });
    } catch (error) {
      if (!(error instanceof ToldError)) throw error;
      exitCode = error.exitCode;
    } finally {
      unsubscribe();
      await lock.release();
      const outcome = made !== null ? "done" : stop.signal.aborted ? "interrupted" : "failed";
      run.emit({ type: "run-ended", outcome, seconds: run.seconds(), left: [] });
      await run.close();
    }
    if (made === null) return exitCode;
    if (!options.json) io.stdout(ending(made, to, options.inventory));
    return 0;
  } finally {
    await prepared.close();
  }
}

/** The cluster without the control planes that do not answer: they hold no lock, and a backup is wanted most when one is lost. */
async function withoutLost({ cluster, world }: Prepared): Promise<ClusterSpec> {
  const lost = new Set<string>();
  await Promise.all(
    controlPlanes(cluster).map(({ name }) =>
      world.sessions.host(name).catch((error: unknown) => {
        if (error instanceof HostError && error.transient) lost.add(name);
      }),
    ),
  );
  return { ...cluster, nodes: cluster.nodes.filter(({ name }) => !lost.has(name)) };
}

function ending(manifest: BackupManifest, to: string, inventory: string): string {
  const { etcd, recipients, missing } = manifest;
  const sealed = recipients.length > 0;
  return `${[
    `Backup: ${to} (${size(sizeOf(manifest))}, revision ${etcd.revision}, ${etcd.keys} keys, ${sealed ? `encrypted for ${recipients.length}` : "NOT encrypted: it holds every key and Secret of the cluster"})`,
    ...(missing.length > 0 ? [`Without the files of ${missing.join(", ")}`] : []),
    `To bring lost control planes back: provision restore ${to} -i ${inventory}${sealed ? " --identity <private key file>" : ""}`,
  ].join("\n")}\n`;
}

async function list(io: CliIo, options: BackupVerbOptions): Promise<ExitCode> {
  const { cluster } = await loadInventory(options.inventory, { cwd: io.cwd, home: io.home });
  const folder = options.output === undefined ? backupsFolder(io.env, io.home, cluster.name) : resolve(io.cwd, options.output);
  const found = await listBackups(folder);
  if (options.json) {
    io.stdout(`${JSON.stringify({ backups: found.map(({ folder: path, manifest }) => ({ folder: path, manifest })) })}\n`);
    return 0;
  }
  if (found.length === 0) {
    io.stdout(`no backups of ${cluster.name} in ${folder}; provision backup makes one\n`);
    return 0;
  }
  const now = Date.now();
  const rows = table(
    ["NAME", "AGE", "SIZE", "KUBERNETES", "KEYS", "ENCRYPTED"],
    found.map((one) => row(one, now)),
    io.width,
  );
  io.stdout(`${[`in ${folder}:`, ...rows].join("\n")}\n`);
  return 0;
}

function row({ folder, manifest }: ListedBackup, now: number): readonly string[] {
  if (manifest === null) return [basename(folder), "no manifest.json that is understood"];
  const { at, kubernetes, etcd, recipients } = manifest;
  return [
    basename(folder),
    age(now - Date.parse(at)),
    size(sizeOf(manifest)),
    kubernetes,
    String(etcd.keys),
    recipients.length > 0 ? "yes" : "no",
  ];
}

const sizeOf = ({ files }: BackupManifest): number => files.reduce((sum, file) => sum + file.size, 0);

const size = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

function age(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 120) return `${minutes}m`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)}h` : `${Math.floor(minutes / 1440)}d`;
}
