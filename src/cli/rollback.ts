import { type ExitCode, ProvisionError } from "../model/diagnostic.ts";
import { jsonText } from "../plan/renderText.ts";
import { renderRollbacks, rollbackCommand } from "../report/renderRollback.ts";
import { takeLock } from "../run/lock.ts";
import { rollBack } from "../run/rollbackNode.ts";
import type { Rollback } from "../upgrade/rollback.ts";
import { approved } from "./approved.ts";
import type { CliIo } from "./cliIo.ts";
import { openRun } from "./openRun.ts";
import { type CommonOptions, type Prepared, prepare } from "./prepare.ts";
import { printDiagnostics } from "./printDiagnostics.ts";
import { type WaysBack, waysBack } from "./rollbackPlan.ts";

export interface RollbackOptions extends CommonOptions {
  readonly node?: string;
  /** The static pods of this control plane, not its kubelet and containerd. */
  readonly staticPods?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Puts a node back to what it ran before an upgrade; without a node, tells every way back. 0 done or told, 1 failed, 3 refused or not approved. */
export async function rollback(io: CliIo, options: RollbackOptions): Promise<ExitCode> {
  const prepared = await prepare(io, options);
  try {
    const found = await waysBack(io, prepared, options.inventory);
    if (options.node === undefined) return overview(io, prepared, found, options);
    const way = chosen(io, prepared, found, options);
    if (!options.json) io.stdout(renderRollbacks([way], [], found.words, { color: io.color }));
    if (!(await approved(io, options))) return 3;
    return await go(io, prepared, way, options);
  } finally {
    await prepared.close();
  }
}

function overview(io: CliIo, { cluster }: Prepared, found: WaysBack, options: RollbackOptions): ExitCode {
  const { ways, lastResort, words, diagnostics } = found;
  if (options.staticPods) throw refuse("rollback/no-node", "--static-pods needs the control plane", "add --node <name>");
  if (options.json) {
    const rollbacks = ways.map(({ node, kept, refused }, index) => ({
      node: node.name,
      ...kept,
      refused,
      command: refused === null ? rollbackCommand(ways[index] as Rollback, words) : null,
    }));
    io.stdout(
      `${jsonText({ apiVersion: "provision/rollback/v1", cluster: cluster.name, rollbacks, lastResort, diagnostics })}\n`,
    );
    return 0;
  }
  printDiagnostics(io, diagnostics, { json: false });
  io.stdout(renderRollbacks(ways, lastResort, words, { color: io.color }));
  return 0;
}

/** The way that was asked for. Throws ProvisionError (exit 3) when there is none, or when it may not be gone. */
function chosen(
  io: CliIo,
  { cluster }: Prepared,
  { ways, lastResort, diagnostics }: WaysBack,
  options: RollbackOptions,
): Rollback {
  const { node = "", staticPods = false } = options;
  if (!cluster.nodes.some(({ name }) => name === node))
    throw refuse("rollback/no-such-node", `${node} is not in the inventory`, "names are those of the inventory");
  const lost = diagnostics.filter(({ place }) => place.node === node);
  if (lost.length > 0) throw new ProvisionError(lost, 3);
  const own = ways.filter((way) => way.node.name === node);
  const way = own.find(({ kept }) => kept.kind === (staticPods ? "pods" : "node"));
  if (way === undefined)
    throw refuse(
      "rollback/nothing-kept",
      `nothing is kept there to go back to${staticPods ? " with its static pods" : ""}`,
      own.length > 0 ? "provision rollback tells what is kept" : "no upgrade has changed it, or it has gone back already",
      node,
    );
  if (way.refused !== null) {
    if (!options.json) io.stdout(`${lastResort.join("\n")}\n`);
    throw refuse("rollback/not-possible", way.refused.message, way.refused.hint, node);
  }
  return way;
}

async function go(io: CliIo, prepared: Prepared, way: Rollback, options: RollbackOptions): Promise<ExitCode> {
  const { cluster, world, target, cache, instances, owner } = prepared;
  const lock = await takeLock(world, owner);
  const run = openRun(io, prepared, options.json ?? false);
  const unsubscribe = io.onInterrupt(() =>
    run.emit({ type: "note", message: "the node is put back first; press Ctrl-C again to leave at once" }),
  );
  let done = false;
  try {
    const id = `rollback@${way.node.name}`;
    const summary = `back to ${way.kept.before}`;
    run.emit({ type: "run-started", verb: "rollback", cluster: cluster.name, steps: [{ id, node: way.node.name, summary }] });
    done = await rollBack(way, { world, target, cache, instances, emit: run.emit, run: owner.run });
  } finally {
    unsubscribe();
    await lock.release();
    run.emit({ type: "run-ended", outcome: done ? "done" : "failed", seconds: run.seconds(), left: [] });
    await run.close();
  }
  if (!options.json) {
    if (done) io.stdout(`provision upgrade --to ${way.kept.until} -i ${options.inventory} leads it forward again\n`);
    else io.stderr(`Run the same command again to go on. Journal: ${run.journal}\n`);
  }
  return done ? 0 : 1;
}

const refuse = (code: string, message: string, hint: string, node?: string): ProvisionError =>
  new ProvisionError([{ severity: "error", code, message, place: node === undefined ? {} : { node }, hint }], 3);
