import { mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { DownloadProgress } from "../../../src/artifacts/download.ts";
import { defaultCacheDir, FileCache } from "../../../src/artifacts/fileCache.ts";
import { content, mirror, newCache, runc, sha256 } from "./cacheFixture.ts";

// Every download is flushed to disk, which a busy disk makes slow.
vi.setConfig({ testTimeout: 60_000 });

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
