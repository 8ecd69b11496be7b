import type { Sample } from "../report/turns.ts";
import { makeView } from "../report/view.ts";
import type { Emit, RunEvent } from "../run/event.ts";
import { journalFolder, openJournal } from "../run/journal.ts";
import type { CliIo } from "./cliIo.ts";
import type { Prepared } from "./prepare.ts";

export interface OpenRun {
  readonly emit: Emit;
  /** Path of the journal. */
  readonly journal: string;
  /** Seconds since the run was opened. */
  readonly seconds: () => number;
  /** Asks on the terminal, the screen out of the way meanwhile; "" when `signal` aborts first. */
  readonly ask: (question: string, signal: AbortSignal) => Promise<string>;
  /** Settles when the view has shown everything. */
  readonly close: () => Promise<void>;
}

/** A run that tells what it does, to its journal and to the screen. `earlier`: what parts of earlier runs took, for an estimate. */
export function openRun(io: CliIo, { cluster, owner }: Prepared, json: boolean, earlier: readonly Sample[] = []): OpenRun {
  const journal = openJournal(journalFolder(io.env, io.home, cluster.name), owner.run);
  const view = makeView({ json, tty: io.stream.isTTY, color: io.color, stdout: io.stream, earlier });
  const start = performance.now();
  return {
    emit: (body) => {
      const told = body.type === "run-started" ? { ...body, by: { user: owner.user, host: owner.host, pid: owner.pid } } : body;
      const event: RunEvent = { at: new Date().toISOString(), run: owner.run, ...told };
      journal.write(event);
      view.event(event);
    },
    journal: journal.file,
    seconds: () => Math.round(performance.now() - start) / 1000,
    ask: async (question, signal) => {
      await view.suspend();
      return (await io.ask(question, undefined, signal)).trim();
    },
    close: () => view.close(),
  };
}
