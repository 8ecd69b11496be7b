import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import PQueue from "p-queue";
import { clusterImages } from "../../roles/clusterImages.ts";
import { findImage } from "../artifacts/find.ts";
import { lockFileName, readLock, writeLock } from "../artifacts/lockFile.ts";
import { resolveDigest } from "../artifacts/registry.ts";
import type { ExitCode } from "../model/diagnostic.ts";
import type { CliIo } from "./cliIo.ts";
import { type CommonOptions, prepare } from "./prepare.ts";

/**
 * Asks the registries once for the digests that the catalog lacks, and pins them in artifacts.lock.json beside the inventory.
 * A digest that is pinned stays: delete its line to ask anew. 0 done; rejects with ProvisionError (exit 3), the file is as it was.
 */
export async function imagesLock(io: CliIo, options: CommonOptions): Promise<ExitCode> {
  const { cluster, target, close } = await prepare(io, options);
  await close();
  const file = join(dirname(resolve(io.cwd, cluster.source)), lockFileName);
  const open = clusterImages(target).filter((ref) => findImage(target.catalog, ref).found?.digest == null);
  if (open.length === 0) {
    io.stdout("ok: every image of this inventory is pinned already\n");
    return 0;
  }
  const registry = cluster.artifacts.from === "mirror" ? cluster.artifacts.registry : null;
  const queue = new PQueue({ concurrency: 4 });
  const found = await queue.addAll(
    open.map(
      (ref) => async () => [ref, await resolveDigest(ref, { fetch, ...(registry === null ? {} : { registry }) })] as const,
    ),
  );
  const before = await readLock(file, (path) => readFile(path));
  await writeLock(file, {
    apiVersion: "provision/artifacts-lock/v1",
    images: { ...before?.images, ...Object.fromEntries(found) },
  });
  for (const [ref, digest] of found) io.stdout(`${ref} ${digest}\n`);
  io.stdout(`ok: ${found.length} images pinned in ${file}; keep it with the inventory\n`);
  return 0;
}
