import { controlPlanes } from "../model/cluster.ts";
import { type ExitCode, ProvisionError } from "../model/diagnostic.ts";
import { leaveCluster } from "../run/leaveCluster.ts";
import { takeLock } from "../run/lock.ts";
import { removeFrom } from "../run/removeFrom.ts";
import type { CliIo } from "./cliIo.ts";
import { confirmedByName } from "./confirmedByName.ts";
import { openRun } from "./openRun.ts";
import { type CommonOptions, prepare } from "./prepare.ts";

export interface ResetOptions extends CommonOptions {
  /** Only this node; absent: the whole cluster. */
  readonly node?: string;
  /** The machine is gone: only the cluster forgets it. */
  readonly lost?: boolean;
  /** The cluster's (or node's) name, typed instead of asked for. */
  readonly confirm?: string;
  readonly json?: boolean;
}

/** Takes one node, or the whole cluster, away and leaves the machines as they were found. 0 done, 1 failed, 3 not confirmed or blocked. */
export async function reset(io: CliIo, options: ResetOptions): Promise<ExitCode> {
  const prepared = await prepare(io, options);
  const { cluster, world, owner, instances, target, cache } = prepared;
  try {
    const nodes = options.node === undefined ? cluster.nodes : cluster.nodes.filter((one) => one.name === options.node);
    if (options.node !== undefined && nodes.length === 0 && !options.lost) {
      const hint = "names are those of the inventory; for a machine that is gone and no longer listed add --lost";
      throw new ProvisionError(
        [
          {
            severity: "error",
            code: "reset/no-such-node",
            message: `${options.node} is not in the inventory`,
            place: { file: cluster.source },
            seen: cluster.nodes.map((one) => one.name).join(", "),
            hint,
          },
        ],
        3,
      );
    }
    const name = options.node ?? cluster.name;
    const machines = nodes.map((one) => one.name).join(", ") || name;
    const confirmation = {
      name,
      given: options.confirm,
      warning: `This takes Kubernetes, its data and everything provision put there off: ${machines}.\nThere is no way back but a backup.\n`,
      question: `Type ${name} to go on`,
      otherwise: "nothing was changed",
    };
    if (!(await confirmedByName(io, confirmation))) return 3;
    const rest = { ...cluster, nodes: cluster.nodes.filter((one) => one.name !== options.node) };
    if (options.node !== undefined && controlPlanes(rest).length === 0) {
      throw new ProvisionError(
        [
          {
            severity: "error",
            code: "reset/last-control-plane",
            message: `${name} is the only control plane; without it there is no cluster`,
            place: { node: name },
            hint: "provision reset without --node takes the whole cluster away",
          },
        ],
        3,
      );
    }
    const lock = await takeLock(options.lost ? prepared.worldOf(rest) : world, owner);
    const run = openRun(io, prepared, options.json ?? false);
    const { emit } = run;
    let failed = false;
    try {
      emit({
        type: "run-started",
        verb: "reset",
        cluster: cluster.name,
        steps: nodes.map((node) => ({ id: `reset@${node.name}`, node: node.name, summary: "leave the machine as it was found" })),
      });
      if (options.node !== undefined)
        failed = !(await leaveCluster(
          prepared.worldOf(rest),
          { name, address: nodes[0]?.address ?? null, drain: options.lost !== true },
          emit,
        ));
      if (!options.lost && !failed) failed = !(await removeFrom(nodes, { world, instances, target, cache, emit }));
    } finally {
      await lock.release();
      emit({
        type: "run-ended",
        outcome: failed ? "failed" : "done",
        seconds: run.seconds(),
        left: [],
      });
      await run.close();
    }
    return failed ? 1 : 0;
  } finally {
    await prepared.close();
  }
}
