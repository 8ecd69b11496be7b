import { createHash } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { FileCache } from "../../../src/artifacts/fileCache.ts";
import { content, mirror, newCache, runc, sha256 } from "./cacheFixture.ts";
import { failure } from "./failure.ts";
import { nobody } from "./serve.ts";

// Every download is flushed to disk, which a busy disk makes slow.
vi.setConfig({ testTimeout: 60_000 });

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

  test("a port that fetch itself refuses", async () => {
    const { cache } = await newCache();
    expect(await failure(cache.ensure(runc("http://127.0.0.1:9/runc")))).toMatchObject([{ seen: "bad port (bad url)" }]);
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
