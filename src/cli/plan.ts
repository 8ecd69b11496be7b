import type { ExitCode } from "../model/diagnostic.ts";
import { type Plan, planExitCode } from "../plan/plan.ts";
import { planJson } from "../plan/planJson.ts";
import { renderPlan } from "../plan/renderPlan.ts";
import type { CliIo } from "./cliIo.ts";
import { lookAndPlan } from "./lookAndPlan.ts";
import { type CommonOptions, prepare } from "./prepare.ts";

export interface PlanOptions extends CommonOptions {
  readonly diff?: boolean;
  readonly json?: boolean;
}

/** Shows what `up` would do. 0 nothing to do, 2 changes, 3 blocked. */
export async function plan(io: CliIo, options: PlanOptions): Promise<ExitCode> {
  const prepared = await prepare(io, options);
  try {
    const { plan: found } = await lookAndPlan(prepared);
    show(io, found, options);
    return planExitCode(found);
  } finally {
    await prepared.close();
  }
}

function show(io: CliIo, found: Plan, options: PlanOptions): void {
  if (options.json) io.stdout(planJson(found, { diff: options.diff ?? false }));
  else io.stdout(renderPlan(found, { diff: options.diff ?? false, color: io.color, width: io.width }));
}
