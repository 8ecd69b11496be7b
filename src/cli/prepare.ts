import { createHmac, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { roles } from "../../roles/index.ts";
import { defaultCacheDir, FileCache } from "../artifacts/fileCache.ts";
import { loadCatalog } from "../artifacts/loadCatalog.ts";
import { lockFileName } from "../artifacts/lockFile.ts";
import { loadSources } from "../artifacts/sources.ts";
import { makeConnect } from "../host/connect.ts";
import { loadInventory } from "../inventory/loadInventory.ts";
import type { ClusterSpec } from "../model/cluster.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { Secret } from "../model/secret.ts";
import { sourcesOf } from "../network/parts.ts";
import { expand, type Instance } from "../plan/expand.ts";
import type { Target } from "../role/step.ts";
import type { LockOwner } from "../run/lock.ts";
import { Sessions } from "../run/sessions.ts";
import { World } from "../run/world.ts";
import { makeRender } from "../template/makeRender.ts";
import type { CliIo } from "./cliIo.ts";
import { packageRoot } from "./packageRoot.ts";

export interface CommonOptions {
  readonly inventory: string;
  readonly acceptNewHostKeys?: boolean;
  /** In place of the inventory's kubernetes.version. */
  readonly kubernetesVersion?: string;
}

/** Everything a verb works with. `close` ends all sessions. */
export interface Prepared {
  readonly cluster: ClusterSpec;
  readonly warnings: readonly Diagnostic[];
  readonly target: Target;
  readonly instances: readonly Instance[];
  readonly world: World;
  readonly cache: FileCache;
  readonly owner: LockOwner;
  /** The same sessions, for a part of the cluster. */
  worldOf(part: ClusterSpec): World;
  close(): Promise<void>;
}

/** Inventory -> catalog -> step instances -> (not yet opened) sessions. Throws ProvisionError (exit 3); nothing is touched. */
export async function prepare(io: CliIo, options: CommonOptions): Promise<Prepared> {
  const { cluster, warnings } = await loadInventory(
    options.inventory,
    { cwd: io.cwd, home: io.home },
    options.kubernetesVersion === undefined ? {} : { kubernetesVersion: options.kubernetesVersion },
  );
  const lockFile = join(dirname(resolve(io.cwd, cluster.source)), lockFileName);
  const catalog = await loadCatalog(cluster.artifacts, { fetch, readFile: (path) => readFile(path), lockFile });
  const cache = new FileCache({ dir: defaultCacheDir(io.env), fetch });
  const sources = await loadSources(sourcesOf(cluster), cluster.kubernetes.version, catalog, cache);
  const seed = randomBytes(32);
  const target: Target = {
    cluster,
    catalog,
    render: makeRender(readTemplates()),
    text: sources.text,
    chart: sources.chart,
    entropy: (label, bytes) =>
      new Secret(
        createHmac("sha512", seed)
          .update(label)
          .digest("hex")
          .slice(0, bytes * 2),
      ),
  };
  const agentSocket = io.env.SSH_AUTH_SOCK;
  const connect = makeConnect(cluster, {
    acceptNewHostKeys: options.acceptNewHostKeys ?? false,
    env: io.env,
    ...(agentSocket === undefined ? {} : { agentSocket }),
  });
  const sessions = new Sessions(connect);
  const since = new Date().toISOString();
  const run = `${since.replaceAll(/[-:]|\.\d+/g, "")}-${randomBytes(2).toString("hex")}`;
  const owner = { run, user: userInfo().username, host: hostname(), pid: process.pid, since };
  return {
    cluster,
    warnings,
    target,
    instances: expand(cluster, roles),
    world: new World(cluster, sessions),
    cache,
    owner,
    worldOf: (part) => new World(part, sessions),
    close: () => sessions.close(),
  };
}

function readTemplates(): ReadonlyMap<string, string> {
  const root = join(packageRoot(), "templates");
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => [
      relative(root, join(entry.parentPath, entry.name)),
      readFileSync(join(entry.parentPath, entry.name), "utf8"),
    ]),
  );
}
