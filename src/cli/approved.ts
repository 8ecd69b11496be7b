import type { CliIo } from "./cliIo.ts";

/** Asks before anything is changed; `--yes` has answered already. */
export async function approved(io: CliIo, { yes }: { readonly yes?: boolean }): Promise<boolean> {
  if (yes) return true;
  if (!io.isTty) {
    io.stderr("not done: there is nobody to ask; say --yes to go on without asking\n");
    return false;
  }
  if ((await io.ask("Do this? Only 'yes' goes on")).trim() === "yes") return true;
  io.stderr("not done: nothing was changed\n");
  return false;
}
