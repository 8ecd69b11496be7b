import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newKeyPair } from "../../src/testing/sshServer.ts";
import { eventually, keyFile, openSite, type Site } from "./site.ts";

let site: Site;
const undo: (() => void)[] = [];
beforeEach(async () => {
  site = await openSite();
});
afterEach(async () => {
  for (const act of undo.splice(0)) act();
  await site.close();
});

async function agent(): Promise<string> {
  const socket = join(site.folder, "agent");
  const child = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
  undo.push(() => child.kill());
  await eventually(() =>
    stat(socket).then(
      () => true,
      () => false,
    ),
  );
  return socket;
}

describe("keys", () => {
  it("says which keys were refused", async () => {
    const file = keyFile(site, "-t", "ed25519", "-N", "");
    const server = await site.server();
    const shown = execFileSync("ssh-keygen", ["-lf", file], { encoding: "utf8" }).split(" ")[1] as string;
    await expect(site.connect(server, { identityFile: file })).rejects.toMatchObject({
      kind: "auth",
      transient: false,
      message: expect.stringContaining(shown),
    });
    await expect(site.connect(await site.server({ users: ["ops"] }))).rejects.toMatchObject({ kind: "auth" });
  });

  it("refuses an identity file it cannot use, and says why", async () => {
    const server = await site.server();
    const file = async (name: string, text: string, mode: number): Promise<string> => {
      await writeFile(join(site.folder, name), text);
      await chmod(join(site.folder, name), mode);
      return join(site.folder, name);
    };
    const cases: [string, string][] = [
      [join(site.folder, "not-there"), "does not exist"],
      [site.folder, "cannot be read"],
      [await file("open", newKeyPair().private, 0o644), "0644"],
      [await file("text", "hello", 0o600), "not a private key"],
      [await file("public", newKeyPair().public, 0o600), "public key"],
      [keyFile(site, "-t", "ed25519", "-N", "secret"), "encrypted"],
      [keyFile(site, "-t", "rsa", "-m", "PEM", "-N", "secret"), "encrypted"],
    ];
    for (const [identityFile, message] of cases)
      await expect(site.connect(server, { identityFile })).rejects.toMatchObject({
        kind: "key-file",
        message: expect.stringContaining(message),
        hint: expect.any(String),
      });
    expect(server.counts.connections).toBe(0);
  });

  it.each([
    ["OpenSSH form", ["-t", "ed25519"]],
    ["PEM", ["-t", "rsa", "-m", "PEM"]],
  ])("opens an encrypted key in %s with the passphrase", async (_, options) => {
    const identityFile = keyFile(site, ...options, "-N", "open sesame");
    const server = await site.server({ authorizedKeys: [await readFile(`${identityFile}.pub`, "utf8")] });
    const host = await site.connect(server, { identityFile }, { env: { PROVISION_SSH_PASSPHRASE: "open sesame" } });
    expect((await host.run("echo in")).stdout).toBe("in\n");
    const wrong = site.connect(server, { identityFile }, { env: { PROVISION_SSH_PASSPHRASE: "abracadabra" } });
    await expect(wrong).rejects.toMatchObject({ kind: "key-file", message: expect.stringContaining("PROVISION_SSH_PASSPHRASE") });
  });

  it("uses the agent: alone, for an encrypted identity, and for what the identity cannot open", async () => {
    const file = keyFile(site, "-t", "ed25519", "-N", "");
    const agentSocket = await agent();
    const server = await site.server({ authorizedKeys: [await readFile(`${file}.pub`, "utf8")] });
    await expect(site.connect(server, { identityFile: null }, { agentSocket })).rejects.toMatchObject({
      kind: "auth",
      seen: expect.stringContaining("holds no key"),
    });
    execFileSync("ssh-add", ["-q", file], { env: { ...process.env, SSH_AUTH_SOCK: agentSocket } });
    for (const identityFile of [null, join(site.folder, "id"), keyFile(site, "-t", "ecdsa", "-N", "x")])
      expect((await (await site.connect(server, { identityFile }, { agentSocket })).run("echo in")).stdout).toBe("in\n");
    await expect(site.connect(server, { identityFile: null }, { agentSocket: "/nowhere" })).rejects.toMatchObject({
      kind: "auth",
      seen: expect.stringContaining("/nowhere"),
    });
    await expect(site.connect(server, { identityFile: null })).rejects.toMatchObject({
      kind: "auth",
      hint: expect.stringContaining("identityFile"),
    });
  });
});

describe("the network", () => {
  it("calls a closed port, a silent server and an unknown name unreachable", async () => {
    const server = await site.server();
    await server.close();
    await expect(site.connect(server)).rejects.toMatchObject({
      kind: "unreachable",
      transient: true,
      message: expect.stringContaining("refused"),
    });
    const web = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1");
    undo.push(() => web.close());
    await once(web, "listening");
    const port = (web.address() as { port: number }).port;
    await expect(site.connect(server, { port })).rejects.toMatchObject({
      kind: "unreachable",
      hint: expect.stringContaining("SSH server"),
    });
  });

  it("stops connecting when told to", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    undo.push(() => silent.close());
    await once(silent, "listening");
    const stop = new AbortController();
    const connecting = site.connect(
      await site.server(),
      { port: (silent.address() as { port: number }).port },
      { signal: stop.signal },
    );
    stop.abort(new Error("enough"));
    await expect(connecting).rejects.toThrow("enough");
  });
});
