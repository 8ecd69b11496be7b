import type { ExitCode } from "../model/diagnostic.ts";
import { hasChanges, isBlocked, planExitCode } from "../plan/plan.ts";
import { errorsOf, renderPlan, warningsOf } from "../plan/renderPlan.ts";
import { checkAhead } from "../run/checkAhead.ts";
import { fetchAhead, filesToShip } from "../run/fetchAhead.ts";
import { takeLock } from "../run/lock.ts";
import { approved } from "./approved.ts";
import type { CliIo } from "./cliIo.ts";
import { lookAndPlan } from "./lookAndPlan.ts";
import { type CommonOptions, type Prepared, prepare } from "./prepare.ts";
import { printDiagnostics } from "./printDiagnostics.ts";
import { runSteps } from "./runSteps.ts";

export interface UpOptions extends CommonOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly diff?: boolean;
  /** Steps at once over all nodes; absent: four on each node. */
  readonly parallel?: number;
}

/** Makes the cluster what the inventory says: plan, approval, lock, walk. 0 done or nothing to do, 1 failed, 3 blocked or not approved. */
export async function up(io: CliIo, options: UpOptions): Promise<ExitCode> {
  const prepared = await prepare(io, options);
  try {
    const { plan } = await lookAndPlan(prepared);
    if (!options.json) io.stdout(renderPlan(plan, { diff: options.diff ?? false, color: io.color, width: io.width }));
    else printDiagnostics(io, isBlocked(plan) ? errorsOf(plan) : warningsOf(plan), { json: true });
    if (!hasChanges(plan) || isBlocked(plan)) return planExitCode(plan) === 3 ? 3 : 0;
    if (!(await approved(io, options))) return 3;
    const files = filesToShip(plan.steps, prepared.target.catalog);
    if (!options.json && files.length > 0) io.stderr(`fetching and checking ${files.length} files, before anything is changed\n`);
    if (shipsFromHere(prepared)) await fetchAhead(files, prepared.cache);
    else await checkAhead(plan.steps, prepared.target.catalog, prepared.world.sessions);
    const lock = await takeLock(prepared.world, prepared.owner);
    try {
      return await runSteps(io, prepared, {
        verb: "up",
        steps: plan.steps,
        json: options.json ?? false,
        lockLost: lock.lost,
        ...(options.parallel === undefined ? {} : { parallel: options.parallel }),
      });
    } finally {
      await lock.release();
    }
  } finally {
    await prepared.close();
  }
}

/** Otherwise the nodes fetch from the mirror themselves. */
const shipsFromHere = ({ cluster: { artifacts } }: Prepared): boolean =>
  artifacts.from === "official" || artifacts.delivery === "controller";
