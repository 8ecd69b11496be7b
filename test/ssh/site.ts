import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../src/host/host.ts";
import { connectSsh, type SshDeps } from "../../src/host/sshHost.ts";
import type { SshSpec } from "../../src/model/cluster.ts";
import { newKeyPair, type SshServer, type SshServerOptions, startSshServer } from "../../src/testing/sshServer.ts";

/** A folder with keys, and servers and sessions that are closed with it. */
export interface Site {
  readonly folder: string;
  readonly publicKey: string;
  server(options?: Partial<SshServerOptions>): Promise<SshServer>;
  /** Logs in as root with the site's key; the server's key is known. */
  spec(server: SshServer, changes?: Partial<SshSpec>): Promise<SshSpec>;
  connect(server: SshServer, changes?: Partial<SshSpec>, deps?: Partial<SshDeps>): Promise<Host>;
  /** Puts executable files into a folder to stand in front of PATH. */
  programs(files: Readonly<Record<string, string>>): Promise<string>;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "provision-ssh-"));
  const pair = newKeyPair();
  await writeFile(join(folder, "id"), pair.private, { mode: 0o600 });
  const opened: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
    opened.unshift(thing);
    return thing;
  };
  const site: Site = {
    folder,
    publicKey: pair.public,
    server: async (options = {}) => keep(await startSshServer({ root: folder, authorizedKeys: [pair.public], ...options })),
    async spec(server, changes = {}) {
      const knownHosts = join(folder, `known_hosts-${server.port}`);
      await writeFile(knownHosts, server.knownHosts);
      return {
        host: "127.0.0.1",
        port: server.port,
        user: "root",
        identityFile: join(folder, "id"),
        hostKeys: [],
        knownHosts,
        sudoPasswordEnv: null,
        bastion: null,
        ...changes,
      };
    },
    connect: async (server, changes = {}, deps = {}) =>
      keep(await connectSsh(await site.spec(server, changes), "node-1", { env: {}, acceptNewHostKeys: false, ...deps })),
    async programs(files) {
      const bin = join(folder, "bin");
      await mkdir(bin, { recursive: true });
      for (const [name, text] of Object.entries(files)) {
        await writeFile(join(bin, name), text);
        await chmod(join(bin, name), 0o755);
      }
      return bin;
    },
    async close() {
      for (const thing of opened) await thing.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return site;
}

/** Waits for something a user would see happen. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("it did not come true within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A key that ssh-keygen wrote into the site's folder; its path. */
export function keyFile(site: Site, ...options: readonly string[]): string {
  const file = join(site.folder, `key-${options.join("")}`);
  execFileSync("ssh-keygen", ["-q", "-f", file, "-C", "", ...options]);
  return file;
}
