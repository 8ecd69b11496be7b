import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { FileArtifact } from "../../../src/artifacts/catalog.ts";
import { FileCache } from "../../../src/artifacts/fileCache.ts";
import { serve } from "./serve.ts";

export const content = Buffer.alloc(300_000, "runc");
export const sha256 = createHash("sha256").update(content).digest("hex");
export const runc = (url: string): FileArtifact => ({
  name: "runc",
  version: "1.4.3",
  platform: "linux/amd64",
  url,
  sha256,
  format: "binary",
});

export async function newCache(): Promise<{ dir: string; cache: FileCache; names: () => Promise<string[]> }> {
  const dir = await mkdtemp(join(tmpdir(), "provision-cache-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const cache = new FileCache({ dir, fetch, retryInterval: 1 });
  return { dir, cache, names: () => readdir(join(dir, "sha256")) };
}

/** Serves `content`, counting requests. */
export async function mirror(
  answer: RequestListener = (_, response) => response.end(content),
): Promise<{ url: string; requests: () => number }> {
  let requests = 0;
  const base = await serve((request, response) => {
    requests++;
    answer(request, response);
  });
  return { url: `${base}/runc.amd64`, requests: () => requests };
}
