import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localHost } from "../../../src/host/localHost.ts";
import { Secret } from "../../../src/model/secret.ts";

let folder: string;
const host = localHost("here");
const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "provision-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("localHost", () => {
  it("runs a script and reports its code and both streams", async () => {
    expect(await host.run("cat; echo bad >&2; exit 3", { stdin: "in" })).toEqual({ code: 3, stdout: "in", stderr: "bad\n" });
    expect(await host.run("cat; kill -9 $$")).toMatchObject({ code: 137, stdout: "" });
  });

  it("takes a script longer than one argument may be", async () => {
    expect((await host.run(`: ${"x".repeat(300_000)}\necho end`)).stdout).toBe("end\n");
  });

  it("gives up after the timeout and on abort, and leaves nothing running", async () => {
    const bait = `sleep 9${process.pid}`;
    await expect(host.run(`${bait}; :`, { timeout: 200 })).rejects.toMatchObject({ kind: "timeout", transient: false });
    const stop = new AbortController();
    const aborted = host.run(bait, { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    expect((await host.run("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '")).stdout).not.toContain(bait);
  });

  it("does not show a secret that the command repeats", async () => {
    expect((await host.run("cat >&2", { stdin: new Secret("swordfish") })).stderr).toBe("[secret]");
  });

  it("writes a file with mode, and leaves the old one when the new is not whole", async () => {
    const path = join(folder, "it's a file");
    await host.put(path, { kind: "bytes", bytes: Buffer.from([0, 255, 10]) }, { owner, mode: "0640" });
    expect([...(await readFile(path))]).toEqual([0, 255, 10]);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    await expect(host.put(path, { kind: "file", file: path, sha256: "0".repeat(64) }, { owner })).rejects.toMatchObject({
      kind: "put",
      seen: expect.stringContaining("sha256 is"),
    });
    await expect(host.put(path, { kind: "file", file: `${path}-not`, sha256: "" }, { owner })).rejects.toMatchObject({
      kind: "put",
    });
    await expect(host.put(folder, { kind: "bytes", bytes: Buffer.from("x") }, { owner })).rejects.toMatchObject({ kind: "put" });
    expect(await readdir(folder)).toEqual(["it's a file"]);
  });

  it("holds a command until it is released", async () => {
    const held = await host.hold(`exec 9>${folder}/lock; flock -n 9 || exit 1; echo mine; cat`);
    expect(held.firstLine).toBe("mine");
    expect((await host.run(`flock -n ${folder}/lock true`)).code).toBe(1);
    await held.release();
    await held.closed;
    expect((await host.run(`flock -n ${folder}/lock true`)).code).toBe(0);
  });
});
