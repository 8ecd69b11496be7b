import { hostname } from "node:os";
import { loadInventory } from "../inventory/loadInventory.ts";
import { type ExitCode, ProvisionError } from "../model/diagnostic.ts";
import { jsonText } from "../plan/renderText.ts";
import { type RunStory, runStory } from "../report/runStory.ts";
import { renderRun, renderRuns } from "../report/runText.ts";
import { journalFolder } from "../run/journal.ts";
import { listRuns, readJournal } from "../run/readJournals.ts";
import type { CliIo } from "./cliIo.ts";
import type { CommonOptions } from "./prepare.ts";
import { processLives } from "./processLives.ts";

export interface RunsOptions extends CommonOptions {
  readonly json?: boolean;
}

/** Every run of this cluster that was started from here, oldest first. Reads journals alone; always 0. */
export async function runs(io: CliIo, options: RunsOptions): Promise<ExitCode> {
  const { cluster, folder, ids } = await find(io, options);
  const stories = await Promise.all(ids.map((id) => story(folder, id)));
  if (options.json) {
    const list = stories.map(({ nodes: _, notes: __, ...one }) => ({ ...one, running: isAlive(one) }));
    io.stdout(`${jsonText({ apiVersion: "provision/runs/v1", cluster, folder, runs: list })}\n`);
  } else if (stories.length === 0) io.stdout(`no run of ${cluster} was started from here: ${folder} holds no journal\n`);
  else
    io.stdout(
      renderRuns(
        stories.map((one) => ({ story: one, alive: isAlive(one) })),
        io.width,
      ),
    );
  return 0;
}

/** The story of one run: `id`, the begin of one, or "last". 0; 3 when there is no such run. */
export async function showRun(io: CliIo, id: string, options: RunsOptions): Promise<ExitCode> {
  const { cluster, folder, ids } = await find(io, options);
  const found = id === "last" ? ids.slice(-1) : ids.includes(id) ? [id] : ids.filter((one) => one.startsWith(id));
  const [only, ...more] = found;
  if (only === undefined || more.length > 0)
    throw new ProvisionError(
      [
        {
          severity: "error",
          code: "runs/which",
          message: more.length > 0 ? `several runs of ${cluster} begin with ${id}` : `there is no such run of ${cluster}: ${id}`,
          place: { file: folder },
          seen: (more.length > 0 ? found : ids.slice(-5)).join(", ") || "no journal at all",
          hint: "provision runs lists them; last is the newest one",
        },
      ],
      3,
    );
  const told = await story(folder, only);
  if (options.json) io.stdout(`${jsonText({ apiVersion: "provision/run/v1", ...told, running: isAlive(told) })}\n`);
  else io.stdout(renderRun({ story: told, alive: isAlive(told) }, { color: io.color, width: io.width }));
  return 0;
}

async function find(io: CliIo, { inventory }: RunsOptions) {
  const { cluster } = await loadInventory(inventory, { cwd: io.cwd, home: io.home });
  const folder = journalFolder(io.env, io.home, cluster.name);
  return { cluster: cluster.name, folder, ids: await listRuns(folder) };
}

async function story(folder: string, run: string): Promise<RunStory> {
  const { events, unread } = await readJournal(folder, run);
  return runStory(run, events, unread);
}

/** Its process is there, on this machine. Of other machines' runs nothing is known; they write no journal here. */
export const isAlive = ({ outcome, by }: Pick<RunStory, "outcome" | "by">): boolean =>
  outcome === null && by !== null && by.host === hostname() && processLives(by.pid);
