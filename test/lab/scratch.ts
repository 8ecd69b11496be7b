import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cachePath } from "./cache.ts";
import { unmountBelow } from "./mounts.ts";

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

/** Ends builds whose lab was killed, and takes away what they had mounted and written. To be called under the cache's lock. */
export async function clearScratch(): Promise<void> {
  for (const pid of builders()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // ended by itself
    }
  }
  await unmountBelow(cachePath("tmp"));
  rmSync(cachePath("tmp"), { recursive: true, force: true });
  mkdirSync(cachePath("tmp"), { recursive: true });
}
