import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { refusals } from "../backup/refusals.ts";
import type { ClusterSpec, NodeSpec } from "../model/cluster.ts";
import { type ExitCode, ProvisionError } from "../model/diagnostic.ts";
import { Secret } from "../model/secret.ts";
import { openWith, type Through } from "../run/backupSeal.ts";
import { clearDeadRunsOf } from "../run/clearDeadRuns.ts";
import { type Lock, takeLock } from "../run/lock.ts";
import { restore, restoreSteps } from "../run/restore.ts";
import { type FoundPlanes, lookAtPlanes } from "../run/restoreLook.ts";
import { type ReadBackup, readBackup, tryToOpen } from "../run/restoreRead.ts";
import type { CliIo } from "./cliIo.ts";
import { type Confirmation, confirmedByName } from "./confirmedByName.ts";
import { openRun } from "./openRun.ts";
import { type CommonOptions, prepare } from "./prepare.ts";

export interface RestoreVerbOptions extends CommonOptions {
  /** The backup's folder. */
  readonly folder: string;
  /** Private key file, as age-keygen writes it. */
  readonly identity?: string;
  /** The cluster's name, typed instead of asked for. */
  readonly confirm?: string;
  /** Even when a control plane answers: it is taken off too. */
  readonly forceWhileAnswering?: boolean;
  readonly json?: boolean;
}

/** Brings lost control planes back from a backup. 0 done, 1 failed, 3 refused or not confirmed: nothing was changed. */
export async function restoreVerb(io: CliIo, options: RestoreVerbOptions): Promise<ExitCode> {
  const prepared = await prepare(io, options);
  const { cluster, world, owner, instances, target, cache } = prepared;
  try {
    const backup = await readBackup(resolve(io.cwd, options.folder));
    const refused = refusals(backup.manifest, cluster);
    if (refused.length > 0) throw new ProvisionError(refused, 3);
    const open = await opener(io, options, backup);
    await tryToOpen(backup, open);
    const found = await lookAtPlanes(world);
    const force = options.forceWhileAnswering === true;
    const resumed = !force && found.answering !== null && found.restoredFrom === backup.id;
    if (found.answering !== null && !resumed && !force) throw stillAnswers(found.answering, backup);
    const wipe = resumed ? [] : found.used;
    if (!(await confirmedByName(io, confirmationOf(options, cluster, backup, wipe)))) return 3;

    const locks = [await takeLock(world, owner)];
    const run = openRun(io, prepared, options.json ?? false);
    const stop = new AbortController();
    const unsubscribe = io.onInterrupt(() => {
      stop.abort();
      run.emit({ type: "note", message: "stopping: running steps end first; press Ctrl-C again to leave at once" });
    });
    const heed = ({ lost }: Lock): void =>
      lost.addEventListener("abort", () => {
        stop.abort();
        run.emit({
          type: "note",
          message: "stopping: the connection that held the cluster's lock is gone; running steps end first",
        });
      });
    locks.forEach(heed);
    let done = false;
    try {
      run.emit({ type: "run-started", verb: "restore", cluster: cluster.name, steps: restoreSteps });
      const wiped = async (): Promise<void> => {
        const anew = await takeLock(world, owner);
        locks.push(anew);
        heed(anew);
      };
      const walk = { world, target, cache, emit: run.emit, instances, stop: stop.signal };
      done = await restore({ ...walk, run: owner.run, backup, open, wipe, wiped, resumed });
      if (done) await clearDeadRunsOf(world);
    } finally {
      unsubscribe();
      await Promise.all(locks.map((lock) => lock.release()));
      run.emit({
        type: "run-ended",
        outcome: done ? "done" : stop.signal.aborted ? "interrupted" : "failed",
        seconds: run.seconds(),
        left: [],
      });
      await run.close();
    }
    if (!options.json && !done) io.stderr(`Run the same command again to go on. Journal: ${run.journal}\n`);
    return done ? 0 : 1;
  } finally {
    await prepared.close();
  }
}

async function opener(io: CliIo, { identity }: RestoreVerbOptions, { manifest }: ReadBackup): Promise<Through> {
  if (manifest.recipients.length === 0) return async (input) => input;
  const refuse = (message: string, seen: string): ProvisionError =>
    new ProvisionError(
      [
        {
          severity: "error",
          code: "restore/no-identity",
          message,
          place: {},
          seen,
          hint: "give the private key file of one of these recipients with --identity",
        },
      ],
      3,
    );
  if (identity === undefined) throw refuse("the backup is encrypted", manifest.recipients.join(", "));
  const text = await readFile(resolve(io.cwd, identity), "utf8").catch((error: NodeJS.ErrnoException) => {
    throw refuse(`the identity file ${identity} cannot be read`, error.message);
  });
  return openWith(new Secret(text));
}

const stillAnswers = ({ name }: NodeSpec, { manifest }: ReadBackup): ProvisionError =>
  new ProvisionError(
    [
      {
        severity: "error",
        code: "restore/still-answers",
        message: `the API server of ${name} answers: this cluster is not lost`,
        place: { node: name },
        hint: `a lost control plane is replaced by provision reset --node <name> --lost and provision up. To throw away what the cluster did since ${manifest.at}, say --force-while-answering`,
      },
    ],
    3,
  );

function confirmationOf(
  { confirm }: RestoreVerbOptions,
  { name }: ClusterSpec,
  { manifest }: ReadBackup,
  wipe: FoundPlanes["used"],
): Confirmation {
  const taken =
    wipe.length === 0 ? "" : `What ${wipe.map((one) => one.name).join(", ")} still hold of the cluster is taken off first.\n`;
  return {
    name,
    given: confirm,
    warning: `This brings ${name} back as it was at ${manifest.at}: what its API was told since then is lost.\n${taken}Workers and their pods go on.\n`,
    question: `Type ${name} to go on`,
    otherwise: "nothing was changed",
  };
}
