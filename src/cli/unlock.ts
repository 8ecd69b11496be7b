import { hostname } from "node:os";
import { type ExitCode, ProvisionError } from "../model/diagnostic.ts";
import { printable } from "../plan/renderText.ts";
import { breakLock, type LockHolder, lockHolders } from "../run/breakLock.ts";
import type { EventBody, RunEvent } from "../run/event.ts";
import { journalFolder, openJournal } from "../run/journal.ts";
import type { CliIo } from "./cliIo.ts";
import { confirmedByName } from "./confirmedByName.ts";
import { type CommonOptions, type Prepared, prepare } from "./prepare.ts";
import { printDiagnostics } from "./printDiagnostics.ts";
import { processLives } from "./processLives.ts";

export interface UnlockOptions extends CommonOptions {
  /** The cluster's name, typed instead of asked for. */
  readonly confirm?: string;
}

/** Takes the cluster's lock from a run whose machine is gone. 0 free, 1 not free on every control plane, 3 not confirmed or refused. */
export async function unlock(io: CliIo, options: UnlockOptions): Promise<ExitCode> {
  const prepared = await prepare(io, options);
  const { cluster, world } = prepared;
  try {
    const { holders, diagnostics } = await lockHolders(world);
    printDiagnostics(io, diagnostics, { json: false });
    if (holders.length === 0) {
      io.stdout(`nobody holds the lock of ${cluster.name}${diagnostics.length > 0 ? " where it can be seen" : ""}\n`);
      return diagnostics.length > 0 ? 1 : 0;
    }
    for (const { node, words } of holders) io.stdout(`${node}: held by ${printable(words) || "somebody who did not say who"}\n`);
    refuseOwn(holders);
    const confirmation = {
      name: cluster.name,
      given: options.confirm,
      warning:
        "If that run is alive it will stop, and two runs at once can break the cluster: be sure that its machine or connection is gone.\n",
      question: `Type ${cluster.name} to take the lock from it`,
      otherwise: "the lock is as it was",
    };
    if (!(await confirmedByName(io, confirmation))) return 3;
    const found = (await Promise.all(holders.map((holder) => breakLock(world, holder)))).flatMap((one) => one ?? []);
    printDiagnostics(io, found, { json: false });
    const done = found.length === 0 && diagnostics.length === 0;
    record(io, prepared, holders, done);
    if (found.length === 0) io.stdout("the lock is free; run the verb that was broken off again: what is done is skipped\n");
    return done ? 0 : 1;
  } finally {
    await prepared.close();
  }
}

/** A run that is alive on this machine is to be ended there: it lets its node's turn end first. */
function refuseOwn(holders: readonly LockHolder[]): void {
  const alive = holders.find(({ owner }) => owner !== null && owner.host === hostname() && processLives(owner.pid));
  if (alive?.owner == null) return;
  const { pid } = alive.owner;
  throw new ProvisionError(
    [
      {
        severity: "error",
        code: "lock/alive",
        message: `the holder runs on this machine, as process ${pid}`,
        place: { node: alive.node },
        hint: `let it end, or end it: kill -INT ${pid} lets running steps end first, and the lock is free when it is gone`,
      },
    ],
    3,
  );
}

/** Who broke whose lock is a part of the cluster's story. */
function record(io: CliIo, { cluster, owner }: Prepared, holders: readonly LockHolder[], done: boolean): void {
  const { run, user, host, pid } = owner;
  const journal = openJournal(journalFolder(io.env, io.home, cluster.name), run);
  const tell = (body: EventBody): void => journal.write({ at: new Date().toISOString(), run, ...body } as RunEvent);
  tell({ type: "run-started", verb: "unlock", cluster: cluster.name, steps: [], by: { user, host, pid } });
  for (const { node, words } of holders) tell({ type: "note", message: `${node}: the lock was held by ${words}` });
  const seconds = (Date.now() - Date.parse(owner.since)) / 1000;
  tell({ type: "run-ended", outcome: done ? "done" : "failed", seconds, left: [] });
}
