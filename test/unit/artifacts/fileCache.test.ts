import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { FileArtifact } from "../../../src/artifacts/catalog.ts";
import type { DownloadProgress } from "../../../src/artifacts/download.ts";
import { defaultCacheDir, FileCache } from "../../../src/artifacts/fileCache.ts";
import { failure } from "./failure.ts";
import { nobody, serve } from "./serve.ts";

// Every download is flushed to disk, which a busy disk makes slow.
vi.setConfig({ testTimeout: 60_000 });

const content = Buffer.alloc(300_000, "runc");
const sha256 = createHash("sha256").update(content).digest("hex");
const runc = (url: string): FileArtifact => ({
  name: "runc",
  version: "1.4.3",
  platform: "linux/amd64",
  url,
  sha256,
  format: "binary",
});

async function newCache(): Promise<{ dir: string; cache: FileCache; names: () => Promise<string[]> }> {
  const dir = await mkdtemp(join(tmpdir(), "provision-cache-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const cache = new FileCache({ dir, fetch, retryInterval: 1 });
  return { dir, cache, names: () => readdir(join(dir, "sha256")) };
}

/** Serves `content`, counting requests. */
async function mirror(
  answer: RequestListener = (_, response) => response.end(content),
): Promise<{ url: string; requests: () => number }> {
  let requests = 0;
  const base = await serve((request, response) => {
    requests++;
    answer(request, response);
  });
  return { url: `${base}/runc.amd64`, requests: () => requests };
}

describe("a file that can be had", () => {
  test("is fetched once and then taken from the cache", async () => {
    const { cache, names } = await newCache();
    const { url, requests } = await mirror();
    const path = await cache.ensure(runc(url));
    expect(await readFile(path)).toEqual(content);
    expect(await cache.ensure(runc(url))).toBe(path);
    expect(requests()).toBe(1);
    expect(await names()).toEqual([sha256]);
  });

  test("is fetched once for callers that come at the same time", async () => {
    const { cache } = await newCache();
    const { url, requests } = await mirror();
    const paths = await Promise.all([cache.ensure(runc(url)), cache.ensure(runc(url)), cache.ensure(runc(url))]);
    expect(new Set(paths).size).toBe(1);
    expect(requests()).toBe(1);
  });

  test("is fetched anew when what is in the cache was changed", async () => {
    const { cache } = await newCache();
    const { url, requests } = await mirror();
    const path = await cache.ensure(runc(url));
    await writeFile(path, "something else");
    expect(await readFile(await cache.ensure(runc(url)))).toEqual(content);
    expect(requests()).toBe(2);
  });

  test("serves two caches on one folder at once", async () => {
    const { dir, cache, names } = await newCache();
    const { url } = await mirror();
    const other = new FileCache({ dir, fetch });
    const [a, b] = await Promise.all([cache.ensure(runc(url)), other.ensure(runc(url))]);
    expect(a).toBe(b);
    expect(await readFile(a)).toEqual(content);
    expect(await names()).toEqual([sha256]);
  });

  test("reports bytes against the total", async () => {
    const { cache } = await newCache();
    const { url } = await mirror((_, response) => response.setHeader("content-length", content.length).end(content));
    const seen: DownloadProgress[] = [];
    await cache.ensure(runc(url), { onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ received: content.length, total: content.length });
  });

  test("is tried again after a server error and a connection cut short", async () => {
    const { cache } = await newCache();
    let tries = 0;
    const { url } = await mirror((_, response) => {
      tries++;
      if (tries === 1) response.writeHead(503).end();
      else if (tries === 2)
        response.writeHead(200, { "content-length": content.length }).write(content.subarray(0, 1000), () => response.destroy());
      else response.end(content);
    });
    expect(await readFile(await cache.ensure(runc(url)))).toEqual(content);
    expect(tries).toBe(3);
  });

  test("leaves no part of a process that died", async () => {
    const { dir, cache, names } = await newCache();
    const { url } = await mirror();
    const [dead, alive] = ["dead.part", "alive.part"].map((name) => join(dir, "sha256", name)) as [string, string];
    await mkdir(join(dir, "sha256"));
    await Promise.all([writeFile(dead, ""), writeFile(alive, "")]);
    await utimes(dead, 0, 0);
    await cache.ensure(runc(url));
    expect((await names()).sort()).toEqual([sha256, "alive.part"].sort());
  });
});

describe("a file that cannot be had", () => {
  test("a wrong digest names both digests and the URL, is not retried and leaves nothing", async () => {
    const { cache, names } = await newCache();
    const { url, requests } = await mirror((_, response) => response.end("not runc"));
    const [diagnostic, ...more] = await failure(cache.ensure(runc(url)));
    expect(more).toEqual([]);
    expect(diagnostic).toMatchObject({ code: "artifact/wrong-digest", place: { file: url } });
    expect(diagnostic?.message).toContain("runc 1.4.3 for linux/amd64");
    expect(diagnostic?.message).toContain(sha256);
    expect(diagnostic?.seen).toBe(`sha256 ${createHash("sha256").update("not runc").digest("hex")}, 8 bytes`);
    expect(requests()).toBe(1);
    expect(await names()).toEqual([]);
  });

  test("a server that compresses on the way is told apart from a wrong file", async () => {
    const { cache } = await newCache();
    const { gzipSync } = await import("node:zlib");
    const { url } = await mirror((_, response) => response.setHeader("content-encoding", "gzip").end(gzipSync("not runc")));
    const [diagnostic] = await failure(cache.ensure(runc(url)));
    expect(diagnostic?.hint).toContain("Content-Encoding: gzip");
  });

  test("404 is said at once", async () => {
    const { cache, names } = await newCache();
    const { url, requests } = await mirror((_, response) => response.writeHead(404).end());
    expect(await failure(cache.ensure(runc(url)))).toMatchObject([
      { code: "artifact/unavailable", seen: "HTTP 404 Not Found", place: { file: url } },
    ]);
    expect(requests()).toBe(1);
    expect(await names()).toEqual([]);
  });

  test("a body that stays too short is given up after a few tries", async () => {
    const { cache, names } = await newCache();
    const { url, requests } = await mirror((_, response) => {
      response.writeHead(200, { "content-length": content.length }).write(content.subarray(0, 1000), () => response.destroy());
    });
    expect(await failure(cache.ensure(runc(url)))).toMatchObject([
      { code: "artifact/unavailable", seen: expect.stringContaining("cut short") },
    ]);
    expect(requests()).toBe(4);
    expect(await names()).toEqual([]);
  });

  test("a port where nothing listens", async () => {
    const { cache } = await newCache();
    expect(await failure(cache.ensure(runc(`${await nobody()}/runc`)))).toMatchObject([
      { seen: "ECONNREFUSED (refused)", hint: expect.stringContaining("nothing listens") },
    ]);
  });

  test("a host name that does not exist", async () => {
    const { dir } = await newCache();
    const noSuchName = () =>
      Promise.reject(new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ENOTFOUND" }) }));
    const diagnostics = await failure(new FileCache({ dir, fetch: noSuchName }).ensure(runc("http://mirror.invalid/runc")));
    expect(diagnostics).toMatchObject([
      { code: "artifact/unavailable", seen: "ENOTFOUND (name not found)", hint: expect.stringContaining("DNS") },
    ]);
  });

  test("a password in a URL is refused and not repeated", async () => {
    const { cache } = await newCache();
    const diagnostics = await failure(cache.ensure(runc("http://user:hunter2@127.0.0.1/runc")));
    expect(JSON.stringify(diagnostics)).not.toContain("hunter2");
    expect(diagnostics).toMatchObject([{ code: "artifact/unavailable", place: { file: "http://127.0.0.1/runc" } }]);
  });

  test("a failure is not remembered", async () => {
    const { cache } = await newCache();
    let broken = true;
    const { url } = await mirror((_, response) => (broken ? response.writeHead(404).end() : response.end(content)));
    await failure(cache.ensure(runc(url)));
    broken = false;
    expect(await readFile(await cache.ensure(runc(url)))).toEqual(content);
  });

  test("a cache folder that is a file", async () => {
    const { dir } = await newCache();
    const file = join(dir, "file");
    await writeFile(file, "");
    await chmod(file, 0o600);
    const diagnostics = await failure(new FileCache({ dir: file, fetch }).ensure(runc("http://127.0.0.1/")));
    expect(diagnostics).toMatchObject([
      { code: "artifact/cache", seen: "ENOTDIR", hint: expect.stringContaining("PROVISION_CACHE") },
    ]);
  });
});

describe("giving up", () => {
  test("one caller's abort leaves the download to the others", async () => {
    const { cache } = await newCache();
    let release = () => {};
    const started = deferred();
    const { url } = await mirror((_, response) => {
      response.write(content.subarray(0, 1000));
      release = () => response.end(content.subarray(1000));
      started.resolve(undefined);
    });
    const stop = new AbortController();
    const impatient = cache.ensure(runc(url), { signal: stop.signal });
    const patient = cache.ensure(runc(url));
    await started.promise;
    stop.abort(new Error("enough"));
    await expect(impatient).rejects.toThrow("enough");
    release();
    expect(await readFile(await patient)).toEqual(content);
  });

  test("the last caller's abort ends the download and removes its part", async () => {
    const { cache, names } = await newCache();
    const closed = deferred();
    const stop = new AbortController();
    const { url } = await mirror((_, response) => {
      response.on("close", () => closed.resolve(undefined));
      response.write(content.subarray(0, 1000), () => stop.abort(new Error("enough")));
    });
    await expect(cache.ensure(runc(url), { signal: stop.signal })).rejects.toThrow("enough");
    await closed.promise;
    await expect.poll(names).toEqual([]);
  });
});

test("the default folder follows PROVISION_CACHE, then XDG_CACHE_HOME, then the home", () => {
  expect(defaultCacheDir({ PROVISION_CACHE: "/var/p", XDG_CACHE_HOME: "/x", HOME: "/home/a" })).toBe("/var/p");
  expect(defaultCacheDir({ XDG_CACHE_HOME: "/x", HOME: "/home/a" })).toBe("/x/provision");
  expect(defaultCacheDir({ HOME: "/home/a" })).toBe("/home/a/.cache/provision");
});

function deferred(): { promise: Promise<unknown>; resolve: (value: unknown) => void } {
  let resolve: (value: unknown) => void = () => {};
  const promise = new Promise((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
