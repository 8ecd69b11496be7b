import { unknownPrivileges } from "../../roles/allowedPrivileges.ts";
import { upstreamImages } from "../../roles/clusterImages.ts";
import { missingBuilds } from "../images/wantedImages.ts";
import { assemble, type Facts } from "../plan/assemble.ts";
import type { Plan } from "../plan/plan.ts";
import { waive } from "../preflight/waive.ts";
import { look } from "../run/look.ts";
import { judgeNewMachines, newMachines } from "./newMachines.ts";
import { checkNames } from "./preflightChecks.ts";
import type { Prepared } from "./prepare.ts";

/** One look at everything, a longer one at machines that are new, and what a run would do. Changes nothing. */
export async function lookAndPlan(prepared: Prepared): Promise<{ plan: Plan; facts: Facts }> {
  const { cluster, world, target, instances, warnings } = prepared;
  const { facts, diagnostics } = await look(world.sessions, target, instances);
  const waivers = waive([], cluster, { known: checkNames, asked: [] }).diagnostics;
  const builds = [...missingBuilds(cluster, target.catalog, upstreamImages(target)), ...unknownPrivileges(target)];
  const plan = assemble(instances, target, facts, [...warnings, ...waivers, ...builds, ...diagnostics]);
  const fresh = newMachines(prepared, facts.nodes);
  if (fresh.length === 0) return { facts, plan };
  return { facts, plan: { ...plan, diagnostics: [...plan.diagnostics, ...(await judgeNewMachines(prepared, fresh, plan))] } };
}
