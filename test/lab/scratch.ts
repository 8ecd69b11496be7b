import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cachePath } from "./cache.ts";
import { unmountBelow } from "./mounts.ts";
import { waitFor } from "./waitFor.ts";

const MARK = "PROVISION_LAB_SCRATCH";

/** The environment of what builds in the scratch folder, by which it is known again after its parent died. */
export const scratchEnv = (): NodeJS.ProcessEnv => ({ ...process.env, [MARK]: cachePath("tmp") });

export function newScratch(name: string): string {
  const folder = cachePath("tmp", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

function builders(): readonly number[] {
  const mark = `${MARK}=${cachePath("tmp")}\0`;
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(join("/proc", pid, "environ"), "latin1").includes(mark);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Ends what still builds there, and takes away what it had mounted and written. To be called under the cache's lock. */
export async function clearScratch(): Promise<void> {
  await waitFor("the end of unfinished builds", { intervalMs: 20, deadlineMs: 10_000, evenInterrupted: true }, () => {
    const pids = builders();
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // ended by itself
      }
    }
    return pids.length === 0 ? null : `processes ${pids.join(", ")} live`;
  });
  await unmountBelow(cachePath("tmp"));
  rmSync(cachePath("tmp"), { recursive: true, force: true });
  mkdirSync(cachePath("tmp"), { recursive: true });
}
