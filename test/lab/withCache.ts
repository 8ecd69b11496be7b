import { cachePath } from "./cache.ts";
import { describeHolder, type LockHolder, takeLock } from "./lock.ts";
import type { Progress } from "./progress.ts";
import { clearScratch } from "./scratch.ts";

/** Looking at the cache needs no lock; whoever is about to change it calls this first, and looks again after. */
export type Exclusive = () => Promise<void>;

/** Runs with the cache's lock in reach: taken at the first need, kept to the end. Scratch is cleared on the way in too, as a run may have died. */
export async function withCache<T>(what: string, progress: Progress, run: (exclusive: Exclusive) => Promise<T>): Promise<T> {
  const wait = (holder: LockHolder) => progress.say(`waiting for ${describeHolder(holder)}, which changes the cache`);
  let taken: Promise<() => void> | null = null;
  const take = async () => {
    const release = await takeLock(cachePath("cache.lock"), { what, wait });
    await clearScratch();
    return release;
  };
  try {
    return await run(async () => {
      taken ??= take();
      await taken;
    });
  } finally {
    const release = await (taken as Promise<() => void> | null);
    if (release !== null) {
      await clearScratch();
      release();
    }
  }
}
