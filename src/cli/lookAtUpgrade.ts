import { formatPlace } from "../model/diagnostic.ts";
import { hasChanges, isBlocked, type Plan } from "../plan/plan.ts";
import { errorsOf } from "../plan/renderPlan.ts";
import { refusalsOf } from "../run/refusalsOf.ts";
import type { Hop } from "../upgrade/hops.ts";
import { type UpgradePlan, upgradePlan } from "../upgrade/upgradePlan.ts";
import { lookAndPlan } from "./lookAndPlan.ts";
import type { Prepared } from "./prepare.ts";

/** What the first hop would do, with everything that speaks against it among the plan's diagnostics. Changes nothing. */
export async function lookAtUpgrade(prepared: Prepared, road: readonly Hop[]): Promise<{ plan: Plan; upgrade: UpgradePlan }> {
  const { cluster, target, world, instances } = prepared;
  const { plan } = await lookAndPlan(prepared);
  const stageIds = new Set(instances.filter(({ step }) => step.scope === "node" && step.stage === true).map(({ id }) => id));
  const upgrade = upgradePlan(cluster, road, plan, stageIds);
  if (!hasChanges(plan) && !isBlocked(plan)) return { plan, upgrade };
  const refused = await refusalsOf(world.sessions, target, upgrade);
  const diagnostics = [...new Map([...plan.diagnostics, ...refused].map((one) => [JSON.stringify(one), one])).values()];
  return { plan: { ...plan, diagnostics }, upgrade };
}

/** One line for each reason why a hop must not begin; none when it may. */
export const againstPlan = (hop: Hop, plan: Plan): readonly string[] =>
  isBlocked(plan)
    ? errorsOf(plan).map(({ place, message, seen, hint }) =>
        [`not upgraded to ${hop.to}`, formatPlace(place), message, seen, hint].filter((part) => part).join(": "),
      )
    : [];
