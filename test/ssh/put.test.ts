import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/model/secret.ts";
import { openSite, type Site } from "./site.ts";

let site: Site;
let target: string;
const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
beforeEach(async () => {
  site = await openSite();
  target = join(site.folder, "etc");
  await mkdir(target);
});
afterEach(() => site.close());

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("put", () => {
  it("brings a file of 50 MB whole, with its mode", async () => {
    const bytes = Buffer.alloc(50_000_000, "provision");
    const file = join(site.folder, "big");
    await writeFile(file, bytes);
    const host = await site.connect(await site.server());
    await host.put(join(target, "big"), { kind: "file", file, sha256: sha256(bytes) }, { owner, mode: "0755" });
    expect((await readFile(join(target, "big"))).equals(bytes)).toBe(true);
    expect((await stat(join(target, "big"))).mode & 0o777).toBe(0o755);
    expect(await readdir(target)).toEqual(["big"]);
  });

  it("writes bytes, secrets and nothing at all", async () => {
    const host = await site.connect(await site.server());
    const contents = { "a b'c": Buffer.from([0, 1, 255, 10]), secret: new Secret("pässword"), empty: Buffer.alloc(0) };
    for (const [name, bytes] of Object.entries(contents)) await host.put(join(target, name), { kind: "bytes", bytes }, { owner });
    expect([...(await readFile(join(target, "a b'c")))]).toEqual([0, 1, 255, 10]);
    expect(await readFile(join(target, "secret"), "utf8")).toBe("pässword");
    expect((await stat(join(target, "empty"))).size).toBe(0);
  });

  it.each([
    ["cat", "#!/bin/sh\n/bin/cat | head -c 3\n", "another size"],
    ["cat", "#!/bin/sh\n/bin/cat | tr a b\n", "another sha256"],
    ["cat", "#!/bin/sh\n/bin/cat | head -c 2; echo 'write error: No space left on device' >&2; exit 1\n", "could not be written"],
    ["chown", "#!/bin/sh\nexit 1\n", "owner or mode"],
    ["mv", "#!/bin/sh\nexit 1\n", "moved into place"],
  ])("keeps the old file and leaves nothing when %s does wrong", async (program, text, message) => {
    await writeFile(join(target, "file"), "old");
    const bin = await site.programs({ [program]: text });
    const host = await site.connect(await site.server({ env: { PATH: bin } }));
    const put = host.put(join(target, "file"), { kind: "bytes", bytes: Buffer.from("a new one") }, { owner });
    await expect(put).rejects.toMatchObject({ kind: "put", transient: false, message: expect.stringContaining(message) });
    expect(await readdir(target)).toEqual(["file"]);
    expect(await readFile(join(target, "file"), "utf8")).toBe("old");
  });

  it("gives the node's own words", async () => {
    const host = await site.connect(await site.server());
    const missing = host.put(join(target, "no/such/folder/x"), { kind: "bytes", bytes: Buffer.from("x") }, { owner });
    await expect(missing).rejects.toMatchObject({ kind: "put", seen: expect.stringContaining("no/such/folder") });
  });

  it("refuses a local file that is not what it should be, or not there", async () => {
    const file = join(site.folder, "local");
    await writeFile(file, "tampered");
    const host = await site.connect(await site.server());
    const wrong = host.put(join(target, "x"), { kind: "file", file, sha256: sha256(Buffer.from("good")) }, { owner });
    await expect(wrong).rejects.toMatchObject({ kind: "put", hint: expect.stringContaining(file) });
    await expect(host.put(join(target, "x"), { kind: "file", file: `${file}-`, sha256: "" })).rejects.toMatchObject({
      kind: "put",
    });
    expect(await readdir(target)).toEqual([]);
  });

  it("leaves the old file when the connection dies or the user stops in the middle", async () => {
    await writeFile(join(target, "file"), "old");
    const bytes = Buffer.alloc(20_000_000);
    const dying = await site.connect(await site.server({ dropAfterBytes: 3_000_000 }));
    await expect(dying.put(join(target, "file"), { kind: "bytes", bytes }, { owner })).rejects.toMatchObject({ kind: "lost" });
    const bin = await site.programs({ cat: "#!/bin/sh\nexec sleep 60\n" });
    const host = await site.connect(await site.server({ env: { PATH: bin } }));
    const stop = new AbortController();
    const put = host.put(join(target, "file"), { kind: "bytes", bytes }, { owner, signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(put).rejects.toThrow("enough");
    expect((await host.run(`ls -A '${target}'`)).stdout).toContain("file");
    expect(await readFile(join(target, "file"), "utf8")).toBe("old");
    expect(existsSync(join(target, "file"))).toBe(true);
  });
});
