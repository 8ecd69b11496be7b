import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { beyondKeep, partialSuffix, unfinished } from "../backup/keep.ts";
import { type BackupManifest, manifestName, readManifest } from "../backup/manifest.ts";
import { StepFailure } from "./stepFailure.ts";

/** Folder of one cluster's backups, beside its journals: <state>/provision/<cluster>/backups, where <state> is $XDG_STATE_HOME or ~/.local/state. */
export const backupsFolder = (env: Readonly<Record<string, string | undefined>>, home: string, cluster: string): string =>
  join(env.XDG_STATE_HOME || join(home, ".local", "state"), "provision", cluster, "backups");

/** Where a backup is made until it is whole. */
export const partialOf = (to: string): string => `${to}${partialSuffix}`;

export async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

const namesIn = (folder: string): Promise<readonly string[]> =>
  readdir(folder).catch((error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? [] : Promise.reject(error)));

/** Removes what is beyond the newest `keep` beside `fresh`, and what runs that died left half-made. Answers the names removed. */
export async function removeOld(fresh: string, keep: number): Promise<readonly string[]> {
  const folder = dirname(fresh);
  const names = await namesIn(folder);
  const old = beyondKeep(names, keep, basename(fresh));
  for (const name of [...old, ...unfinished(names)]) await rm(join(folder, name), { recursive: true, force: true });
  return old;
}

export interface ListedBackup {
  readonly folder: string;
  /** null: its manifest is missing or not understood. */
  readonly manifest: BackupManifest | null;
}

/** The backups in a folder, newest first. */
export async function listBackups(folder: string): Promise<readonly ListedBackup[]> {
  const names = (await namesIn(folder)).filter((name) => !name.endsWith(partialSuffix));
  return Promise.all(
    [...names]
      .sort()
      .reverse()
      .map(async (name) => {
        const path = join(folder, name);
        const text = await readFile(join(path, manifestName), "utf8").catch(() => "");
        const read = readManifest(text);
        return { folder: path, manifest: "manifest" in read ? read.manifest : null };
      }),
  );
}

/** Asks whether this machine has room for `needed` bytes where `to` will be. Throws StepFailure when it has not, or when `to` is there. */
export async function roomHere(to: string, needed: number): Promise<void> {
  const parent = dirname(to);
  if (existsSync(to))
    throw new StepFailure("backup/exists", `${to} is there already; a backup is a new folder`, {
      hint: "name another one with -o",
    });
  await makePrivate(parent);
  const { bavail, bsize } = await statfs(parent);
  const needs = needed + 64 * 1024 * 1024;
  if (bavail * bsize >= needs) return;
  const mb = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`;
  throw new StepFailure("backup/no-room", `the backup ${basename(to)} needs ${mb(needs)} in ${parent}, on this machine`, {
    seen: `${mb(bavail * bsize)} free`,
    hint: "make room, or name another folder with -o",
  });
}
