import { assemble, type Facts } from "../plan/assemble.ts";
import type { Plan } from "../plan/plan.ts";
import { look } from "../run/look.ts";
import type { Prepared } from "./prepare.ts";

/** One look at everything, and what a run would do. Changes nothing. */
export async function lookAndPlan({ world, target, instances, warnings }: Prepared): Promise<{ plan: Plan; facts: Facts }> {
  const { facts, diagnostics } = await look(world.sessions, target, instances);
  return { facts, plan: assemble(instances, target, facts, [...warnings, ...diagnostics]) };
}
