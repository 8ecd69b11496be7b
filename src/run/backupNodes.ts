import { dirname, join } from "node:path";
import { gatheredFiles, gatheredState, gatherNode } from "../backup/contents.ts";
import { nodeFilesPath, nodeStatePath, type SavedFile } from "../backup/manifest.ts";
import { HostError } from "../host/host.ts";
import { fetchFile } from "./backupCarry.ts";
import { makePrivate } from "./backupFolder.ts";
import type { Through } from "./backupSeal.ts";
import { told } from "./backupTell.ts";
import type { Emit } from "./event.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import type { World } from "./world.ts";

export type Save = (node: string, from: string, path: string) => Promise<void>;

/** Brings files of nodes into `folder`, and notes each in `files`. */
export const saver =
  ({ sessions, cluster }: World, folder: string, seal: Through, files: SavedFile[]): Save =>
  async (node, from, path) => {
    const name = cluster.backup.age.length === 0 ? path : `${path}.age`;
    await makePrivate(join(folder, dirname(name)));
    const { plain, stored } = await fetchFile(sessions, { node, path: from }, { file: join(folder, name), seal });
    files.push({ path: name, size: stored.size, sha256: stored.sha256, plainSize: plain.size, plainSha256: plain.sha256 });
  };

/** Answers the names of nodes that could not be reached: a worker that is down is no reason to have no backup. */
export async function saveNodes(world: World, emit: Emit, save: Save): Promise<readonly string[]> {
  const missing: string[] = [];
  const ends = await Promise.allSettled(
    world.cluster.nodes.map(({ name }) =>
      told(emit, { step: "backup/node", node: name }, async () => {
        try {
          const reply = await world.sessions.with(name, (host) => host.run(gatherNode().text));
          if (reply.code !== 0)
            throw new StepFailure("backup/not-read", "keys and configuration could not be gathered", {
              seen: lastWords(reply.stderr),
            });
          await save(name, gatheredFiles, nodeFilesPath(name));
          await save(name, gatheredState, nodeStatePath(name));
        } catch (error) {
          if (!(error instanceof HostError) || !error.transient) throw error;
          missing.push(name);
          emit({ type: "note", message: `${name} does not answer (${error.message}): the backup goes without its files` });
        }
      }),
    ),
  );
  // All have ended by now: nothing writes any more into a folder that is being removed.
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return missing.sort();
}
