import type { NodeSpec } from "../model/cluster.ts";
import { assemble } from "../plan/assemble.ts";
import type { Instance } from "../plan/expand.ts";
import { changesOf } from "../plan/plan.ts";
import type { Condition } from "../role/action.ts";
import { inService, own } from "./inService.ts";
import { look } from "./look.ts";
import type { TurnContext } from "./nodeTurn.ts";

/** What must hold on a node that was led back: nothing of what rests on a step that it no longer has, such as another network. */
export async function gatesBack(node: NodeSpec, kubelet: string, context: TurnContext): Promise<readonly Condition[]> {
  const { world, target } = context;
  const all = own(node, context);
  const bases = all.filter(({ step }) => step.scope === "node" && step.basis === true);
  const { facts, diagnostics } = await look(world.sessions, target, bases, [node]);
  const missing = assemble(bases, target, facts, diagnostics).steps.filter((step) => changesOf(step).length > 0);
  const instances = without(
    all,
    missing.map(({ id }) => id),
  );
  return inService(node, kubelet, { ...context, instances });
}

/** Instances that neither are among `gone` nor come after one that is. `instances` are in order. */
export function without(instances: readonly Instance[], gone: readonly string[]): readonly Instance[] {
  const left = new Set(gone);
  for (const { id, after } of instances) if (after.some((before) => left.has(before))) left.add(id);
  return instances.filter(({ id }) => !left.has(id));
}
