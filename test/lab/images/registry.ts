import { existsSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { cachePath, verifyFiles, writeAtomically } from "../cache.ts";
import { startDetached } from "../shell.ts";
import { waitFor } from "../waitFor.ts";
import { repositoryAndTag } from "./ociImage.ts";

export const registryStore = (): string => cachePath("registry");

/** Starts Debian's registry over the shared store; answers its process id once it serves. `mortal`: it ends when this process does. */
export async function startRegistry(program: string, address: string, folder: string, mortal = false): Promise<number> {
  const config = join(folder, "registry.yml");
  const settings = {
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: registryStore() } },
    http: { addr: address },
  };
  writeAtomically(config, JSON.stringify(settings)); // JSON is YAML
  const argv = [...(mortal ? ["setpriv", "--pdeathsig", "KILL", "--"] : []), program, "serve", config];
  const pid = startDetached(argv[0] ?? "", argv.slice(1), join(folder, "registry.log"));
  await waitFor(`registry on ${address}`, { intervalMs: 50, deadlineMs: 15_000 }, () => answers(`http://${address}/v2/`));
  return pid;
}

/** null: it answers 200; else what it does instead. */
export async function answers(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok ? null : `HTTP ${response.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return `${url}: ${cause}`;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

const blob = (digest: string): string => `docker/registry/v2/blobs/sha256/${digest.slice(7, 9)}/${digest.slice(7)}/data`;
const repositoryFolder = (ref: string): string => `docker/registry/v2/repositories/${repositoryAndTag(ref).split(":")[0]}`;

/** The manifest, its config and its layers, as far as the manifest can be read. */
function parts(digest: string): readonly string[] {
  try {
    const manifest = JSON.parse(readFileSync(join(registryStore(), blob(digest)), "utf8"));
    return [digest, manifest.config.digest, ...manifest.layers.map((layer: { digest: string }) => layer.digest)];
  } catch {
    return [digest];
  }
}

/** What the store says under the image's tag, or null. */
export function taggedDigest(ref: string): string | null {
  const tag = repositoryAndTag(ref).split(":")[1] ?? "";
  const link = join(registryStore(), repositoryFolder(ref), "_manifests/tags", tag, "current/link");
  return existsSync(link) ? readFileSync(link, "utf8") : null;
}

/** null: the store holds the image whole under its tag; else what is wrong. */
export async function verifyStored(ref: string, digest: string): Promise<string | null> {
  const tagged = taggedDigest(ref);
  if (tagged === null) return "it is not in the registry's store";
  if (tagged !== digest) return `its tag names ${tagged}`;
  return verifyFiles(registryStore(), Object.fromEntries(parts(digest).map((part) => [blob(part), part.slice(7)])));
}

/** Takes damaged blobs out of the store: a push would otherwise find them there and leave them. */
export async function dropDamaged(ref: string, digest: string): Promise<void> {
  for (const part of parts(digest)) {
    if ((await verifyFiles(registryStore(), { [blob(part)]: part.slice(7) })) === null) continue;
    rmSync(join(registryStore(), dirname(blob(part))), { recursive: true, force: true });
    rmSync(join(registryStore(), repositoryFolder(ref), "_layers/sha256", part.slice(7)), { recursive: true, force: true });
  }
}
