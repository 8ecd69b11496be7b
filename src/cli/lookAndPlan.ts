import { assemble, type Facts } from "../plan/assemble.ts";
import type { Plan } from "../plan/plan.ts";
import { clockDiagnostics } from "../run/clockDiagnostics.ts";
import { look } from "../run/look.ts";
import type { Prepared } from "./prepare.ts";

/** One look at everything, and what a run would do. Changes nothing. */
export async function lookAndPlan({
  world,
  target,
  instances,
  warnings,
  cluster,
}: Prepared): Promise<{ plan: Plan; facts: Facts }> {
  const { facts, diagnostics } = await look(world.sessions, target, instances);
  const clocks = clockDiagnostics(cluster, facts.nodes, Date.now() / 1000);
  return { facts, plan: assemble(instances, target, facts, [...warnings, ...diagnostics, ...clocks]) };
}
