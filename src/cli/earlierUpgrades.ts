import { type Sample, Turns } from "../report/turns.ts";
import { journalFolder } from "../run/journal.ts";
import { listRuns, readJournal } from "../run/readJournals.ts";
import type { CliIo } from "./cliIo.ts";

/** Newer runs tell more of how the next will go, and reading takes time. */
const runsRead = 20;

/** What the parts of this cluster's newest upgrades took, as their journals here tell; none for whom none is to be read. */
export async function earlierUpgrades(io: CliIo, cluster: string): Promise<readonly Sample[]> {
  const folder = journalFolder(io.env, io.home, cluster);
  const samples: Sample[] = [];
  for (const run of (await listRuns(folder)).slice(-runsRead)) {
    // An estimate is worth no failure: a journal that cannot be read is none.
    const { events } = await readJournal(folder, run).catch(() => ({ events: [] }));
    if (!events.some((event) => event.type === "run-started" && event.upgrade !== undefined)) continue;
    const turns = new Turns();
    for (const event of events) turns.add(event);
    samples.push(...turns.samples);
  }
  return samples;
}
