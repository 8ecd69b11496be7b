import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import type { FileArtifact } from "./catalog.ts";
import { asHttpError, type Fetch, get, HttpError, httpDiagnostic, retrying } from "./http.ts";

export interface DownloadProgress {
  /** Bytes. */
  readonly received: number;
  /** Bytes; null when the server does not say. */
  readonly total: number | null;
}

export interface DownloadOptions {
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly retryInterval: number;
  readonly onProgress: (progress: DownloadProgress) => void;
}

const tries = 4;
const partSuffix = ".part";
/** A part this old belongs to a process that died: every chunk that arrives touches it. */
const stalePart = 24 * 3600 * 1000;

/**
 * Puts the artifact at `file`: whole, flushed and with the right digest, or not at all.
 * Rejects with ProvisionError (exit 3) or the signal's reason; no part stays behind.
 */
export async function download(artifact: FileArtifact, file: string, options: DownloadOptions): Promise<void> {
  const part = `${file}.${randomUUID()}${partSuffix}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await removeStaleParts(dirname(file));
    await retrying(() => receive(artifact, part, options), { tries, interval: options.retryInterval, signal: options.signal });
    await rename(part, file);
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof ProvisionError) throw error;
    if (error instanceof HttpError) throw unavailable(artifact, error);
    throw cacheError(error, part);
  } finally {
    await rm(part, { force: true }).catch(() => {});
  }
}

async function receive(artifact: FileArtifact, part: string, { fetch, signal, onProgress }: DownloadOptions): Promise<void> {
  const response = await get(artifact.url, { fetch, signal });
  const total = Number(response.headers.get("content-length")) || null;
  const hash = createHash("sha256");
  let received = 0;
  const handle = await open(part, "w");
  try {
    for await (const chunk of bodyOf(response, artifact.url, signal)) {
      hash.update(chunk);
      await handle.writeFile(chunk);
      received += chunk.length;
      onProgress({ received, total });
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  const seen = hash.digest("hex");
  if (seen !== artifact.sha256) throw wrongDigest(artifact, seen, received, response.headers.get("content-encoding"));
}

async function* bodyOf(response: Response, url: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* response.body ?? [];
  } catch (error) {
    throw asHttpError(error, url, signal);
  }
}

async function removeStaleParts(dir: string): Promise<void> {
  const parts = (await readdir(dir)).filter((name) => name.endsWith(partSuffix)).map((name) => join(dir, name));
  for (const part of parts) {
    const info = await stat(part).catch(() => undefined);
    if (info !== undefined && Date.now() - info.mtimeMs > stalePart) await rm(part, { force: true });
  }
}

const label = (artifact: FileArtifact): string =>
  `${artifact.name} ${artifact.version}${artifact.platform === "any" ? "" : ` for ${artifact.platform}`}`;

const unavailable = (artifact: FileArtifact, error: HttpError): ProvisionError =>
  new ProvisionError([httpDiagnostic(error, "artifact/unavailable", label(artifact))], 3);

function wrongDigest(artifact: FileArtifact, seen: string, size: number, encoding: string | null): ProvisionError {
  return new ProvisionError(
    [
      {
        severity: "error",
        code: "artifact/wrong-digest",
        message: `${label(artifact)} does not have the digest of the catalog, sha256 ${artifact.sha256}`,
        place: { file: artifact.url },
        seen: `sha256 ${seen}, ${size} bytes`,
        hint:
          encoding === null || encoding === "identity"
            ? "the file is not what the catalog describes: nothing of it was kept; ask whoever keeps the mirror or the catalog"
            : `the server sends it with Content-Encoding: ${encoding}, which changes the file on the way: have it serve files as they are`,
      },
    ],
    3,
  );
}

const reasons: Record<string, [why: string, hint: string]> = {
  ENOSPC: ["the disk is full", "free some space, or set PROVISION_CACHE to a folder on a bigger disk"],
  EDQUOT: ["the disk quota is used up", "free some space, or set PROVISION_CACHE to a folder on another disk"],
  EACCES: ["access is denied", "let this user write there, or set PROVISION_CACHE to another folder"],
  EPERM: ["access is denied", "let this user write there, or set PROVISION_CACHE to another folder"],
  EROFS: ["the file system is read-only", "set PROVISION_CACHE to a folder that can be written"],
};

/** What a failed file operation in the cache means; anything that is not one is handed back. */
export function cacheError(error: unknown, path: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  if (code === undefined) return error;
  const [why, hint] = reasons[code] ?? ["the file operation failed", "set PROVISION_CACHE to another folder"];
  const message = `the artifact cache cannot be used: ${why}`;
  return new ProvisionError(
    [{ severity: "error", code: "artifact/cache", message, place: { file: path }, seen: code, hint } satisfies Diagnostic],
    3,
  );
}
