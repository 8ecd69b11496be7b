import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import PQueue from "p-queue";
import type { FileArtifact } from "./catalog.ts";
import { cacheError, type DownloadProgress, download } from "./download.ts";
import type { Fetch } from "./http.ts";

export interface FileCacheOptions {
  /** Absolute; made when missing. Files are at <dir>/sha256/<hex>. */
  readonly dir: string;
  readonly fetch: Fetch;
  /** Files fetched or checked at once. */
  readonly parallel?: number;
  /** Milliseconds between the tries of one download. */
  readonly retryInterval?: number;
}

export interface EnsureOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** $PROVISION_CACHE, else provision/ in $XDG_CACHE_HOME, else ~/.cache/provision. */
export const defaultCacheDir = (env: Readonly<Record<string, string | undefined>>): string =>
  env.PROVISION_CACHE || join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "provision");

interface Job {
  readonly done: Promise<string>;
  readonly stop: AbortController;
  readonly listeners: Set<(progress: DownloadProgress) => void>;
  waiting: number;
}

/**
 * Files by content on the controller. What `ensure` returns had the right digest when it returned.
 * Safe for several processes at once: a file appears under its digest whole or not at all.
 */
export class FileCache {
  readonly #options: FileCacheOptions;
  readonly #queue: PQueue;
  readonly #jobs = new Map<string, Job>();
  /** Digest -> the file's identity when it was last hashed, so that an untouched file is not hashed for every node. */
  readonly #verified = new Map<string, string>();

  constructor(options: FileCacheOptions) {
    this.#options = options;
    this.#queue = new PQueue({ concurrency: options.parallel ?? 4 });
  }

  /** Where a file of that digest is, or would be. */
  path(sha256: string): string {
    return join(this.#options.dir, "sha256", sha256);
  }

  /**
   * Local path of the file, fetched when it is not there or not what it should be.
   * Callers that want the same digest share one download; it stops when the last of them has given up.
   * Rejects with ProvisionError (exit 3) or the signal's reason.
   */
  async ensure(artifact: FileArtifact, options: EnsureOptions = {}): Promise<string> {
    options.signal?.throwIfAborted();
    const job = this.#jobs.get(artifact.sha256) ?? this.#start(artifact);
    const { onProgress, signal } = options;
    if (onProgress !== undefined) job.listeners.add(onProgress);
    job.waiting++;
    try {
      return await (signal === undefined ? job.done : untilAborted(job.done, signal));
    } finally {
      if (onProgress !== undefined) job.listeners.delete(onProgress);
      job.waiting--;
      if (job.waiting === 0) this.#end(artifact.sha256, job);
    }
  }

  #start(artifact: FileArtifact): Job {
    const stop = new AbortController();
    const listeners: Job["listeners"] = new Set();
    const done = this.#queue.add(() => this.#fetch(artifact, stop.signal, listeners), { signal: stop.signal });
    // A job whose callers have all given up has nobody left to hear how it ended.
    done.catch(() => {});
    const job: Job = { done, stop, listeners, waiting: 0 };
    this.#jobs.set(artifact.sha256, job);
    return job;
  }

  #end(sha256: string, job: Job): void {
    if (this.#jobs.get(sha256) === job) this.#jobs.delete(sha256);
    job.stop.abort();
  }

  async #fetch(artifact: FileArtifact, signal: AbortSignal, listeners: Job["listeners"]): Promise<string> {
    const file = this.path(artifact.sha256);
    if (await this.#isGood(file, artifact.sha256, signal)) return file;
    await download(artifact, file, {
      fetch: this.#options.fetch,
      retryInterval: this.#options.retryInterval ?? 2000,
      signal,
      onProgress: (progress) => {
        for (const listener of listeners) listener(progress);
      },
    });
    return file;
  }

  /** Whether the file is there with the right content. One that is not is replaced by the next download, never removed: another process may have just mended it. */
  async #isGood(file: string, sha256: string, signal: AbortSignal): Promise<boolean> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(file);
      const { dev, ino, size, mtimeNs, ctimeNs } = await handle.stat({ bigint: true });
      const identity = [dev, ino, size, mtimeNs, ctimeNs].join(":");
      if (this.#verified.get(sha256) === identity) return true;
      const hash = createHash("sha256");
      for await (const chunk of handle.createReadStream({ autoClose: false, signal, highWaterMark: 1 << 20 })) hash.update(chunk);
      if (hash.digest("hex") !== sha256) return false;
      this.#verified.set(sha256, identity);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw cacheError(error, file);
    } finally {
      await handle?.close();
    }
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true, signal: ended.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    ended.abort();
  }
}
