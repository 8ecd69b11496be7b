import { clusterImages } from "../../roles/clusterImages.ts";
import { runStory } from "../report/runStory.ts";
import { clearDeadRunsOf } from "../run/clearDeadRuns.ts";
import { journalFolder } from "../run/journal.ts";
import { takeLock } from "../run/lock.ts";
import { listRuns, readJournal } from "../run/readJournals.ts";
import { tidyAfter } from "../run/tidyAfter.ts";
import type { CliIo } from "./cliIo.ts";
import type { Prepared } from "./prepare.ts";
import { isAlive } from "./runs.ts";

/**
 * An upgrade that was killed after its last change did not tidy, and a run that finds nothing to do would never: done here when the newest
 * run from this machine is one that died. Rejects as takeLock does.
 */
export async function endDeadUpgrade(io: CliIo, { cluster, world, target, owner }: Prepared): Promise<void> {
  const folder = journalFolder(io.env, io.home, cluster.name);
  const newest = (await listRuns(folder)).at(-1);
  if (newest === undefined) return;
  const { events, unread } = await readJournal(folder, newest);
  const story = runStory(newest, events, unread);
  if (story.verb !== "upgrade" || story.outcome !== null || isAlive(story)) return;
  const lock = await takeLock(world, owner);
  try {
    await Promise.all([clearDeadRunsOf(world), tidyAfter(world, clusterImages(target))]);
  } finally {
    await lock.release();
  }
}
