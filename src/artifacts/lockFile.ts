import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { ProvisionError } from "../model/diagnostic.ts";
import type { Catalog } from "./catalog.ts";
import { describeIssues, imageDigest, imageRef } from "./catalogSchema.ts";

/** Name of the lock file beside an inventory. */
export const lockFileName = "artifacts.lock.json";

/** Digests that upstream does not publish, as they were seen once: image reference -> "sha256:…". */
export interface ArtifactLock {
  readonly apiVersion: "provision/artifacts-lock/v1";
  readonly images: Readonly<Record<string, string>>;
}

const schema = z.strictObject({
  apiVersion: z.literal("provision/artifacts-lock/v1"),
  images: z.record(imageRef, imageDigest),
});

/** null when there is no such file. Rejects with ProvisionError (exit 3) for a file that cannot be read or is not a lock. */
export async function readLock(path: string, readFile: (path: string) => Promise<Uint8Array>): Promise<ArtifactLock | null> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    throw refused(path, [`cannot be read: ${code}`]);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw refused(path, [`is not JSON: ${(error as Error).message}`]);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw refused(path, describeIssues(parsed.error));
  return parsed.data;
}

/** Sorted, so that a change reads well in a review. The old file stays until the new one is whole. */
export async function writeLock(path: string, lock: ArtifactLock): Promise<void> {
  const images = Object.fromEntries(Object.entries(lock.images).sort(([a], [b]) => (a < b ? -1 : 1)));
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, `${JSON.stringify({ apiVersion: lock.apiVersion, images }, null, 2)}\n`, {
      flag: "wx",
      flush: true,
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw refused(path, [`cannot be written: ${(error as NodeJS.ErrnoException).code}`]);
  }
}

/** The catalog with the lock's digests where it has none of its own. */
export const withLock = (catalog: Catalog, lock: ArtifactLock): Catalog => ({
  ...catalog,
  images: catalog.images.map((image) => ({ ref: image.ref, digest: image.digest ?? lock.images[image.ref] ?? null })),
});

const refused = (path: string, problems: readonly string[]): ProvisionError =>
  new ProvisionError(
    problems.map((problem) => ({
      severity: "error",
      code: "catalog/bad-lock",
      message: `the artifact lock file is wrong: ${problem}`,
      place: { file: path },
      hint: "write it anew with `provision images lock`",
    })),
    3,
  );
