import type { CliIo } from "./cliIo.ts";

export interface Confirmation {
  /** What has to be typed. */
  readonly name: string;
  /** The name as the command line gave it. */
  readonly given?: string | undefined;
  /** Told before the question: what it would do. Ends with a newline. */
  readonly warning: string;
  readonly question: string;
  /** What a no leaves, e.g. "nothing was changed". */
  readonly otherwise: string;
}

/** For what cannot be taken back: the name is typed, or given. A wrong one given is a no, and nobody is asked. */
export async function confirmedByName(io: CliIo, { name, given, warning, question, otherwise }: Confirmation): Promise<boolean> {
  if (given === name) return true;
  if (given === undefined && io.isTty) {
    io.stdout(warning);
    if ((await io.ask(question)).trim() === name) return true;
  }
  io.stderr(`not done: ${otherwise}; type the name ${name}, or give it with --confirm ${name}\n`);
  return false;
}
