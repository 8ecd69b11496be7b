import type { Command } from "commander";
import type { CliIo } from "./cliIo.ts";
import { type RunsOptions, runs, showRun } from "./runs.ts";
import { type UnlockOptions, unlock } from "./unlock.ts";

/** What is about runs themselves: `runs`, `runs show` and `unlock`. */
export function addRuns(io: CliIo, root: Command, fallback: string, finish: (code: number) => void): void {
  const common = (command: Command): Command =>
    command
      .option("-i, --inventory <path>", "inventory file, folder, or name under ./inventories", fallback)
      .option("--json", "for programs");
  const list = common(root.command("runs"))
    .description("the runs of this cluster that were started from here")
    .action(async (options: RunsOptions) => finish(await runs(io, options)));
  common(list.command("show"))
    .description("the story of one run: steps and times, what was waited for and why, failures")
    .argument("<id>", "as runs lists it, or its begin, or last")
    .action(async (id: string, options: RunsOptions) => finish(await showRun(io, id, options)));
  root
    .command("unlock")
    .description("take the cluster's lock from a run whose machine or connection is gone, after asking")
    .option("-i, --inventory <path>", "inventory file, folder, or name under ./inventories", fallback)
    .option("--accept-new-host-keys", "remember the keys of hosts seen for the first time; a changed key is always refused")
    .option("--confirm <name>", "the cluster's name, instead of typing it")
    .action(async (options: UnlockOptions) => finish(await unlock(io, options)));
}
