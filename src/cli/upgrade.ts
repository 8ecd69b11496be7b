import type { ExitCode } from "../model/diagnostic.ts";
import { isVersion } from "../model/versions.ts";
import { hasChanges, isBlocked } from "../plan/plan.ts";
import { planJson } from "../plan/planJson.ts";
import { errorsOf, renderPlan, warningsOf } from "../plan/renderPlan.ts";
import { renderUpgrade } from "../report/renderUpgrade.ts";
import { takeLock } from "../run/lock.ts";
import type { Restart } from "../upgrade/packages.ts";
import { approved } from "./approved.ts";
import type { CliIo } from "./cliIo.ts";
import { earlierUpgrades } from "./earlierUpgrades.ts";
import { endDeadUpgrade } from "./endDeadUpgrade.ts";
import { lookAtUpgrade } from "./lookAtUpgrade.ts";
import { openRun } from "./openRun.ts";
import { type CommonOptions, type Prepared, prepare } from "./prepare.ts";
import { printDiagnostics } from "./printDiagnostics.ts";
import { refusal, roadTo } from "./roadTo.ts";
import { upgradePackages } from "./upgradePackages.ts";
import { walkRoad } from "./upgradeRoad.ts";

export interface UpgradeOptions extends CommonOptions {
  readonly to?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
  /** With every file, unit and image of every node. */
  readonly details?: boolean;
  /** Packages of the machines' operating system in place of Kubernetes. */
  readonly osPackages?: boolean;
  /** When a machine restarts after its packages: "needed" or "always". */
  readonly restart?: Restart;
}

/** Takes a live cluster to the inventory's versions (or `--to`), node by node. 0 done or nothing to do, 1 failed or stopped, 3 blocked or not approved. */
export async function upgrade(io: CliIo, options: UpgradeOptions): Promise<ExitCode> {
  if (options.osPackages) return upgradePackages(io, options);
  if (options.to !== undefined && !isVersion(options.to))
    throw refusal("upgrade/version", `${options.to} is not a version such as 1.36.4`, "say it without a v");
  const at = (version: string | undefined): Promise<Prepared> =>
    open(io, { ...options, ...(version === undefined ? {} : { kubernetesVersion: version }) });
  let prepared = await at(options.to);
  try {
    const wanted = prepared.cluster.kubernetes.version;
    const { road, begun } = await roadTo(io, prepared);
    const [first] = road;
    if (first !== undefined && first.to !== wanted) {
      await prepared.close();
      prepared = await at(first.to);
    }
    const { plan, upgrade: planned } = await lookAtUpgrade(prepared, road);
    if (!options.json) printDiagnostics(io, isBlocked(plan) ? errorsOf(plan) : warningsOf(plan), { json: false });
    if (isBlocked(plan)) {
      if (options.json) io.stdout(planJson(plan, { diff: false }));
      else io.stdout("Blocked: nothing was changed.\n");
      return 3;
    }
    if (!hasChanges(plan)) {
      await endDeadUpgrade(io, prepared);
      io.stdout(`Nothing to do: ${prepared.cluster.name} runs Kubernetes ${wanted} and is as the inventory says.\n`);
      return 0;
    }
    if (!options.json) {
      io.stdout(renderUpgrade(planned, { color: io.color }));
      if (options.details) io.stdout(renderPlan(plan, { diff: false, color: io.color, width: io.width }));
    }
    if (!(await approved(io, options))) return 3;
    const earlier = options.json ? [] : await earlierUpgrades(io, prepared.cluster.name);
    const lock = await takeLock(prepared.world, prepared.owner);
    const run = openRun(io, prepared, options.json ?? false, earlier);
    try {
      const unattended = !io.isTty || (options.json ?? false);
      const outcome = await walkRoad(io, { hops: road, planned, prepared, run, lost: lock.lost, begun, at, unattended });
      run.emit({ type: "run-ended", outcome, seconds: run.seconds(), left: [] });
      await run.close();
      if (outcome === "done") {
        if (options.to !== undefined && !options.json)
          io.stdout(`Set kubernetes.version: ${options.to} in ${prepared.cluster.source}, so that it says what runs.\n`);
        return 0;
      }
      if (!options.json) io.stderr(`Run the same command again to go on: what is done is skipped. Journal: ${run.journal}\n`);
      return 1;
    } finally {
      await lock.release();
    }
  } finally {
    await prepared.close();
  }
}

const onlyUp: ReadonlySet<string> = new Set(["control-plane/version", "network/stays"]);

/** `up` refuses another version, and another network, of a live cluster; those guards are not for the verb that changes them. */
async function open(io: CliIo, options: CommonOptions): Promise<Prepared> {
  const prepared = await prepare(io, options);
  return { ...prepared, instances: prepared.instances.filter(({ step }) => !onlyUp.has(step.id)) };
}
