import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readFile, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import {
  type BackupManifest,
  manifestName,
  nodeFilesPath,
  readManifest,
  type SavedFile,
  savedAs,
  snapshotPath,
} from "../backup/manifest.ts";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import type { Through } from "./backupSeal.ts";

export interface ReadBackup {
  readonly folder: string;
  readonly manifest: BackupManifest;
  /** SHA-256 of manifest.json: which backup this is. */
  readonly id: string;
}

/** Reads a backup and holds every file against its digest. Throws ProvisionError (exit 3) that tells of all that are missing or not the same. */
export async function readBackup(folder: string): Promise<ReadBackup> {
  const file = join(folder, manifestName);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new ProvisionError([problem(file, "restore/no-manifest", "this folder is no backup", error.message)], 3);
  });
  const read = readManifest(text);
  if ("problem" in read)
    throw new ProvisionError([problem(file, "restore/manifest", "the manifest is not understood", read.problem)], 3);
  const root = await realpath(folder);
  const problems = await Promise.all(read.manifest.files.map((one) => check(root, one)));
  const found = problems.filter((one) => one !== null);
  if (found.length > 0) throw new ProvisionError(found, 3);
  return { folder: root, manifest: read.manifest, id: createHash("sha256").update(text).digest("hex") };
}

/** Decrypts what a restore needs, to nowhere: a wrong key is told before anything is taken off a machine. Throws ProvisionError (exit 3). */
export async function tryToOpen({ folder, manifest }: ReadBackup, open: Through): Promise<void> {
  for (const path of [nodeFilesPath(manifest.etcd.member), snapshotPath]) {
    const saved = savedAs(manifest, path);
    if (saved === undefined) continue;
    const file = join(folder, saved.path);
    const hash = createHash("sha256");
    let sha256 = "it cannot be decrypted to its end";
    try {
      for await (const piece of await open(createReadStream(file))) hash.update(piece);
      sha256 = hash.digest("hex");
    } catch (error) {
      if (error instanceof ProvisionError) throw error;
    }
    if (sha256 === saved.plainSha256) continue;
    throw new ProvisionError(
      [
        problem(
          file,
          "restore/wrong-digest",
          "decrypted, it is not what the manifest says",
          `sha256 ${sha256}, not ${saved.plainSha256}`,
        ),
      ],
      3,
    );
  }
}

const hint = "the backup was changed or damaged after it was made: take another one";
const problem = (file: string, code: string, message: string, seen: string): Diagnostic => ({
  severity: "error",
  code,
  message,
  place: { file },
  seen,
  hint:
    code === "restore/no-manifest" ? "name the folder that provision backup printed; provision backup --list shows them" : hint,
});

async function check(root: string, saved: SavedFile): Promise<Diagnostic | null> {
  const file = join(root, saved.path);
  try {
    const inside = (await realpath(file)).startsWith(root + sep);
    if (!inside || !(await lstat(file)).isFile())
      return problem(file, "restore/no-file", "is not a plain file of this folder", saved.path);
    const hash = createHash("sha256");
    let size = 0;
    for await (const piece of createReadStream(file)) {
      hash.update(piece as Buffer);
      size += (piece as Buffer).length;
    }
    const sha256 = hash.digest("hex");
    if (sha256 === saved.sha256 && size === saved.size) return null;
    return problem(file, "restore/wrong-digest", "is not what the manifest says", `sha256 ${sha256}, not ${saved.sha256}`);
  } catch (error) {
    return problem(file, "restore/no-file", "cannot be read", error instanceof Error ? error.message : String(error));
  }
}
