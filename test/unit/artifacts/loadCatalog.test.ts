import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadCatalog } from "../../../src/artifacts/loadCatalog.ts";
import { lockFileName, readLock, writeLock } from "../../../src/artifacts/lockFile.ts";
import type { ArtifactSource } from "../../../src/model/cluster.ts";
import { failure } from "./failure.ts";
import { nobody, serve } from "./serve.ts";

const hex = "0".repeat(64);
const proxyImage = "docker.io/library/haproxy:3.2.23-alpine";
const good = {
  apiVersion: "provision/catalog/v1",
  files: [
    { name: "runc", version: "1.4.3", platform: "linux/amd64", url: "files/runc", sha256: hex, format: "binary" },
    {
      name: "crictl",
      version: "1.36.0",
      platform: "linux/amd64",
      url: "https://other.example/crictl.tar.gz",
      sha256: hex,
      format: "tar.gz",
      members: { crictl: "crictl" },
    },
  ],
  images: [{ ref: proxyImage, digest: `sha256:${hex}` }],
  kubernetes: { "1.36.4": { etcd: "3.6.8-0", coredns: "v1.14.2", pause: "3.10.2", crictl: "1.36.0" } },
  proxyImage,
};

const mirror = (catalog: string, more: Partial<Extract<ArtifactSource, { from: "mirror" }>> = {}): ArtifactSource => ({
  from: "mirror",
  url: "http://mirror.example:8080/k8s",
  catalog,
  catalogSha256: null,
  registry: null,
  delivery: "controller",
  ...more,
});

const deps = { fetch, readFile: (path: string) => readFile(path) };
const serving = (body: string | Buffer) => serve((_, response) => response.end(body)).then((base) => `${base}/catalog.json`);
const refusal = async (value: unknown) => failure(loadCatalog(mirror(await serving(JSON.stringify(value))), deps));

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "provision-catalog-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

describe("a mirror's catalog", () => {
  test("comes from a URL or a path, with file URLs made absolute", async () => {
    const path = join(await folder(), "catalog.json");
    await writeFile(path, JSON.stringify(good));
    for (const place of [path, await serving(JSON.stringify(good))]) {
      const catalog = await loadCatalog(mirror(place), deps);
      expect(catalog.files.map((file) => file.url)).toEqual([
        "http://mirror.example:8080/k8s/files/runc",
        "https://other.example/crictl.tar.gz",
      ]);
      expect(catalog.images).toEqual(good.images);
    }
  });

  test("must have the digest the inventory gives", async () => {
    const body = JSON.stringify(good);
    const url = await serving(body);
    const sha256 = createHash("sha256").update(body).digest("hex");
    await loadCatalog(mirror(url, { catalogSha256: sha256 }), deps);
    expect(await failure(loadCatalog(mirror(url, { catalogSha256: hex }), deps))).toMatchObject([
      { code: "catalog/wrong-digest", place: { file: url }, seen: `sha256 ${sha256}`, message: expect.stringContaining(hex) },
    ]);
  });

  test("is refused with every problem named", async () => {
    const [runc, crictl] = good.files;
    const diagnostics = await refusal({
      ...good,
      extra: 1,
      files: [
        { ...runc, sha256: "abc", version: "v1.4.3" },
        { ...crictl, name: "../crictl", members: { "../../etc/passwd": "crictl" } },
      ],
      images: [{ ref: "haproxy:3.2", digest: null }],
    });
    const messages = diagnostics.map((diagnostic) => diagnostic.message.replace("the artifact catalog is wrong: ", ""));
    expect(messages).toEqual([
      "files[0].version: must be written without a leading v",
      "files[0].sha256: must be 64 lower-case hex digits",
      "files[1].name: must be letters, digits and . _ + - only",
      "files[1].members.../../etc/passwd: Invalid key in record",
      "images[0].ref: must be a full reference: registry/path:tag",
      "images[0].digest: Invalid input: expected string, received null",
      '(top level): Unrecognized key: "extra"',
    ]);
    expect(new Set(diagnostics.map((diagnostic) => diagnostic.code))).toEqual(new Set(["catalog/invalid"]));
  });

  test("may not list a thing twice, give members to a binary, or leave out its proxy image", async () => {
    const [runc, crictl] = good.files;
    const diagnostics = await refusal({ ...good, files: [runc, { ...runc, members: {} }, crictl], images: [] });
    expect(diagnostics.map((diagnostic) => diagnostic.message)).toEqual([
      expect.stringContaining("files[1]: runc 1.4.3 linux/amd64 is listed twice"),
      expect.stringContaining("files[1].members: only a tar.gz has members, this is binary"),
      expect.stringContaining(`proxyImage: ${proxyImage} is not listed in images`),
    ]);
  });

  test.each(["file:///etc/passwd", "ftp://mirror.example/runc", "http://user:pw@mirror.example/runc"])(
    "may not send the controller to %s",
    async (url) => {
      expect(await refusal({ ...good, files: [{ ...good.files[0], url }] })).toMatchObject([
        { code: "catalog/invalid", message: expect.stringContaining("files[0].url: must be http or https") },
      ]);
    },
  );

  test("that is a web page is not JSON", async () => {
    const url = await serving("<html>sign in</html>");
    expect(await failure(loadCatalog(mirror(url), deps))).toMatchObject([{ code: "catalog/not-json", place: { file: url } }]);
  });

  test("that never ends is too big", async () => {
    const chunk = Buffer.alloc(1 << 20);
    const url = await serve((_, response) => {
      const more = () => response.write(chunk, () => !response.destroyed && more());
      more();
    });
    expect(await failure(loadCatalog(mirror(url), deps))).toMatchObject([{ code: "catalog/too-big" }]);
  });

  test("that is not there", async () => {
    const url = await serve((_, response) => response.writeHead(404).end());
    expect(await failure(loadCatalog(mirror(`${url}/catalog.json`), deps))).toMatchObject([
      { code: "catalog/unreachable", seen: "HTTP 404 Not Found", place: { file: `${url}/catalog.json` } },
    ]);
    expect(await failure(loadCatalog(mirror("/no/such/catalog.json"), deps))).toMatchObject([
      { code: "catalog/unreadable", seen: "ENOENT" },
    ]);
    const refused = failure(loadCatalog(mirror(await nobody()), { ...deps, retryInterval: 1 }));
    expect(await refused).toMatchObject([{ code: "catalog/unreachable", seen: "ECONNREFUSED (refused)" }]);
  });
});

describe("the lock of the official catalog", () => {
  const digest = `sha256:${"1".repeat(64)}`;
  const official: ArtifactSource = { from: "official" };

  test("gives images the digests that upstream does not publish", async () => {
    const lockFile = join(await folder(), lockFileName);
    const before = await loadCatalog(official, { ...deps, lockFile });
    expect(before.images.find((image) => image.ref === before.proxyImage)?.digest).toBeNull();
    await writeLock(lockFile, { apiVersion: "provision/artifacts-lock/v1", images: { [before.proxyImage]: digest } });
    const after = await loadCatalog(official, { ...deps, lockFile });
    const published = before.images.filter((image) => image.digest !== null); // Cilium's chart pins its images
    expect(after.images.filter((image) => image.digest !== null)).toEqual(
      after.images.filter((image) => image.ref === before.proxyImage || published.some(({ ref }) => ref === image.ref)),
    );
    expect(after.images.find((image) => image.ref === before.proxyImage)?.digest).toBe(digest);
    expect(published.every(({ ref, digest: own }) => after.images.find((image) => image.ref === ref)?.digest === own)).toBe(true);
  });

  test("is written sorted and read back", async () => {
    const lockFile = join(await folder(), lockFileName);
    const images = { "ghcr.io/b/b:1": digest, "docker.io/a/a:1": digest };
    await writeLock(lockFile, { apiVersion: "provision/artifacts-lock/v1", images });
    expect(Object.keys(JSON.parse(await readFile(lockFile, "utf8")).images)).toEqual(["docker.io/a/a:1", "ghcr.io/b/b:1"]);
    expect((await readLock(lockFile, deps.readFile))?.images).toEqual(images);
  });

  test.each([
    ["{", "is not JSON"],
    ['{"apiVersion":"provision/artifacts-lock/v1","images":{"ghcr.io/b/b:1":"latest"}}', 'must be "sha256:"'],
  ])("is refused as %s", async (text, problem) => {
    const lockFile = join(await folder(), lockFileName);
    await writeFile(lockFile, text);
    expect(await failure(loadCatalog(official, { ...deps, lockFile }))).toMatchObject([
      {
        code: "catalog/bad-lock",
        place: { file: lockFile },
        message: expect.stringContaining(problem),
        hint: expect.stringContaining("images lock"),
      },
    ]);
  });
});
