import type { Diagnostic } from "../model/diagnostic.ts";
import { type LastResort, lastResortLines, rollbackLines } from "../report/renderRollback.ts";
import { backupsFolder, listBackups } from "../run/backupFolder.ts";
import { lookAtRollbacks } from "../run/rollbackLook.ts";
import { backupFor, type Rollback, rollbacks } from "../upgrade/rollback.ts";
import type { CliIo } from "./cliIo.ts";
import type { Prepared } from "./prepare.ts";

export interface WaysBack {
  readonly ways: readonly Rollback[];
  /** For a person: the command that brings the whole cluster back. */
  readonly lastResort: readonly string[];
  readonly words: { readonly inventory: string; readonly source: string };
  readonly diagnostics: readonly Diagnostic[];
}

/** Every way back there is now. Changes nothing. */
export async function waysBack(io: CliIo, { cluster, world }: Prepared, inventory: string): Promise<WaysBack> {
  const { facts, diagnostics } = await lookAtRollbacks(world);
  const ways = rollbacks(cluster, facts);
  const words = { inventory, source: cluster.source };
  const listed = await listBackups(backupsFolder(io.env, io.home, cluster.name));
  const backups = listed.flatMap(({ folder, manifest }): LastResort[] =>
    manifest === null
      ? []
      : [{ folder, at: manifest.at, kubernetes: manifest.kubernetes, encrypted: manifest.recipients.length > 0 }],
  );
  const before = ways[0]?.kept.before ?? cluster.kubernetes.version;
  return { ways, words, diagnostics, lastResort: lastResortLines(before, backupFor(backups, before), words) };
}

/** After a run that failed: how each node that it left half-way goes back, line by line; nothing when it left none. */
export async function leftHalfWay(io: CliIo, prepared: Prepared, inventory: string): Promise<readonly string[]> {
  const { ways, words, lastResort } = await waysBack(io, prepared, inventory);
  const half = ways.filter(({ kept }) => !kept.done);
  if (half.length === 0) return [];
  return [
    "left as it is; the same command goes forward again. The way back:",
    ...half.flatMap((one) => rollbackLines(one, words)),
    ...lastResort,
  ];
}
