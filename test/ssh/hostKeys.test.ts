import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyFile, openSite, type Site } from "./site.ts";

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

describe("host keys", () => {
  it("refuses an unknown host, showing what to compare, and writes nothing", async () => {
    const server = await site.server();
    const knownHosts = join(site.folder, "none");
    await expect(site.connect(server, { knownHosts })).rejects.toMatchObject({
      kind: "host-key-unknown",
      transient: false,
      message: expect.stringContaining(`ED25519 ${server.fingerprints[0]}`),
      hint: expect.stringMatching(/--accept-new-host-keys.*ssh-keyscan.*hostKeys/),
    });
    await expect(stat(knownHosts)).rejects.toThrow();
  });

  it("remembers a new host when told to, and then knows it", async () => {
    const server = await site.server();
    const knownHosts = join(site.folder, "new/folder/known_hosts");
    await site.connect(server, { knownHosts }, { acceptNewHostKeys: true });
    expect(await readFile(knownHosts, "utf8")).toBe(server.knownHosts);
    expect((await stat(knownHosts)).mode & 0o777).toBe(0o600);
    await site.connect(server, { knownHosts });
    await site.connect(server, { knownHosts }, { acceptNewHostKeys: true });
    expect(await readFile(knownHosts, "utf8")).toBe(server.knownHosts);
  });

  it("appends to a file without a last newline, from several connections at once", async () => {
    const knownHosts = join(site.folder, "shared");
    await writeFile(knownHosts, "other ssh-ed25519 AAAA");
    const servers = await Promise.all([1, 2, 3, 4].map(() => site.server()));
    await Promise.all(servers.map((server) => site.connect(server, { knownHosts }, { acceptNewHostKeys: true })));
    const lines = (await readFile(knownHosts, "utf8")).split("\n").filter((line) => line !== "");
    expect(lines.toSorted()).toEqual(["other ssh-ed25519 AAAA", ...servers.map((server) => server.knownHosts.trim())].toSorted());
  });

  it("refuses a changed key even when told to accept new ones", async () => {
    const server = await site.server();
    const other = await site.server();
    const knownHosts = join(site.folder, "changed");
    const lines = `# first\n${other.knownHosts.replace(String(other.port), String(server.port))}`;
    await writeFile(knownHosts, lines);
    await expect(site.connect(server, { knownHosts }, { acceptNewHostKeys: true })).rejects.toMatchObject({
      kind: "host-key-changed",
      message: expect.stringMatching(/SHA256:.*changed:2 says ED25519 SHA256:/),
    });
    expect(await readFile(knownHosts, "utf8")).toBe(lines);
  });

  it("asks a server of several keys for the one that is known, by line or by fingerprint", async () => {
    const keys = await Promise.all(
      [
        keyFile(site, "-t", "ed25519", "-N", ""),
        keyFile(site, "-t", "ecdsa", "-N", ""),
        keyFile(site, "-t", "rsa", "-N", ""),
      ].map((file) => readFile(file, "utf8")),
    );
    const server = await site.server({ hostKeys: keys });
    const lines = server.knownHosts.trim().split("\n");
    for (const n of [0, 1, 2]) {
      const knownHosts = join(site.folder, `only-${n}`);
      await writeFile(knownHosts, `${lines[n]}\n`);
      expect((await (await site.connect(server, { knownHosts })).run("echo in")).stdout).toBe("in\n");
      await site.connect(server, { knownHosts: "/nowhere", hostKeys: [server.fingerprints[n] as string] });
    }
    await expect(site.connect(server, { hostKeys: ["SHA256:wrong"] })).rejects.toMatchObject({ kind: "host-key-changed" });
  });
});
