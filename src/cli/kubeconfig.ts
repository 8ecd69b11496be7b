import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Document, isMap, parseDocument } from "yaml";
import { sh } from "../host/sh.ts";
import { controlPlanes } from "../model/cluster.ts";
import { type ExitCode, ProvisionError } from "../model/diagnostic.ts";
import { lookAtCluster } from "../run/look.ts";
import type { CliIo } from "./cliIo.ts";
import { type CommonOptions, type Prepared, prepare } from "./prepare.ts";

export interface KubeconfigOptions extends CommonOptions {
  readonly merge?: boolean;
  readonly output?: string;
}

/** Prints the administrator's kubeconfig, or merges it into one that is there as the context <cluster>. 0, or 3 when no control plane answers. */
export async function kubeconfig(io: CliIo, options: KubeconfigOptions): Promise<ExitCode> {
  const prepared = await prepare(io, options);
  try {
    const text = await adminKubeconfig(prepared);
    if (!options.merge && options.output === undefined) {
      io.stdout(text);
      return 0;
    }
    const file = options.output ?? io.env.KUBECONFIG?.split(":")[0] ?? join(io.home, ".kube", "config");
    const before = options.merge
      ? await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) =>
          error.code === "ENOENT" ? "" : Promise.reject(error),
        )
      : "";
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(`${file}.provision-new`, merged(before, text, file), { mode: 0o600 });
    await chmod(`${file}.provision-new`, 0o600);
    await rename(`${file}.provision-new`, file);
    io.stderr(`${file}: context ${prepared.cluster.name} is set; try: kubectl --context ${prepared.cluster.name} get nodes\n`);
    return 0;
  } finally {
    await prepared.close();
  }
}

/** admin.conf of a control plane that answers, with that control plane's address instead of a node's loopback, and names of this cluster. */
async function adminKubeconfig({ cluster, world }: Prepared): Promise<string> {
  const { through } = await lookAtCluster(world.sessions, controlPlanes(cluster), []);
  if (through === null) {
    throw new ProvisionError(
      [
        {
          severity: "error",
          code: "api/no-answer",
          message: "no control plane's API server answers",
          place: {},
          hint: "provision up brings the cluster up; provision status shows what is there",
        },
      ],
      3,
    );
  }
  const { stdout } = await world.sessions.with(through.name, (host) => host.run(sh`cat /etc/kubernetes/admin.conf`.text));
  const document = parseDocument(stdout);
  const server =
    cluster.endpoint.kind === "external"
      ? `https://${cluster.endpoint.host}:${cluster.endpoint.port}`
      : `https://${through.address}:6443`;
  const user = `${cluster.name}-admin`;
  document.setIn(["clusters", 0, "cluster", "server"], server);
  document.setIn(["clusters", 0, "name"], cluster.name);
  document.setIn(["users", 0, "name"], user);
  document.setIn(["contexts", 0, "context"], { cluster: cluster.name, user });
  document.setIn(["contexts", 0, "name"], cluster.name);
  document.set("current-context", cluster.name);
  return document.toString();
}

/** `before` with the clusters, users and contexts of `added` put in by name; everything else stays, comments too. */
export function merged(before: string, added: string, file: string): string {
  const document =
    before.trim() === ""
      ? new Document({ apiVersion: "v1", kind: "Config", clusters: [], users: [], contexts: [] })
      : parseDocument(before);
  if (document.errors.length > 0 || !isMap(document.contents)) {
    throw new ProvisionError(
      [
        {
          severity: "error",
          code: "kubeconfig/not-understood",
          message: "this kubeconfig is not YAML of the kind kubectl writes; it is left as it is",
          place: { file },
          hint: "use --output with a new file",
        },
      ],
      3,
    );
  }
  const from = parseDocument(added).toJS() as Record<string, { name: string }[]>;
  for (const kind of ["clusters", "users", "contexts"]) {
    const own = (document.toJS() as Record<string, { name: string }[] | null>)[kind] ?? [];
    const news = from[kind] ?? [];
    document.set(kind, [...own.filter((one) => !news.some((other) => other.name === one.name)), ...news]);
  }
  document.set("current-context", (from as unknown as Record<string, string>)["current-context"]);
  return document.toString();
}
