import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readJson, writeAtomically } from "./cache.ts";
import { mirrorRoot } from "./catalog.ts";
import { answers, startRegistry } from "./images/registry.ts";
import { processStart } from "./lock.ts";
import { controllerAddress, type LabIdentity, mirrorUrl, registryUrl } from "./naming.ts";
import { startDetached } from "./shell.ts";
import { waitFor } from "./waitFor.ts";

interface ServerProcess {
  readonly pid: number;
  /** So that a number used again is not mistaken for it. */
  readonly started: string;
}

type Servers = Readonly<Partial<Record<"mirror" | "registry", ServerProcess>>>;

const recordPath = (folder: string): string => join(folder, "servers.json");
const recorded = (folder: string): Servers => readJson<Servers>(recordPath(folder)) ?? {};
const alive = (server: ServerProcess | undefined): boolean => server !== undefined && processStart(server.pid) === server.started;

export const serverPids = (folder: string): readonly number[] =>
  Object.values(recorded(folder)).flatMap((server) => (alive(server) ? [server.pid] : []));

/** Mirror and registry of one lab, on its bridge address only. What answers already is left alone. */
export async function startServers(lab: LabIdentity, folder: string, registryProgram: string): Promise<void> {
  const remember = (name: keyof Servers, pid: number) =>
    writeAtomically(
      recordPath(folder),
      JSON.stringify({ ...recorded(folder), [name]: { pid, started: processStart(pid) ?? "" } }),
    );
  if (!alive(recorded(folder).mirror)) {
    const script = fileURLToPath(new URL("./serveMirror.ts", import.meta.url));
    const tsx = import.meta.resolve("tsx");
    const args = ["--import", tsx, script, controllerAddress(lab), "8080", mirrorRoot()];
    remember("mirror", startDetached(process.execPath, args, join(folder, "mirror.log")));
  }
  if (!alive(recorded(folder).registry))
    remember("registry", await startRegistry(registryProgram, `${controllerAddress(lab)}:5000`, folder));
  const patience = { intervalMs: 50, deadlineMs: 15_000 };
  await waitFor(`mirror (see ${folder}/mirror.log)`, patience, () => answers(`${mirrorUrl(lab)}/catalog.json`));
  await waitFor(`registry (see ${folder}/registry.log)`, patience, () => answers(`${registryUrl(lab)}/v2/`));
}

export async function stopServers(folder: string): Promise<void> {
  await waitFor("the end of mirror and registry", { intervalMs: 20, deadlineMs: 10_000 }, () => {
    const pids = serverPids(folder);
    for (const pid of pids) process.kill(pid, "SIGKILL"); // they hold nothing that a kill could spoil
    return pids.length === 0 ? null : `processes ${pids.join(", ")} live`;
  });
}
