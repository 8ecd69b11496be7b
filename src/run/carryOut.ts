import type { contextOf } from "../plan/assemble.ts";
import type { Instance } from "../plan/expand.ts";
import type { Action } from "../role/action.ts";
import type { NodeStep } from "../role/step.ts";
import { describe } from "./describe.ts";
import { type PerformContext, perform } from "./perform.ts";
import { StepFailure } from "./stepFailure.ts";
import type { WalkOptions } from "./walk.ts";

/** Does the actions in order. Throws StepFailure or HostError. */
export async function carryOut(actions: readonly Action[], instance: Instance, options: WalkOptions): Promise<void> {
  for (const group of sideBySide(actions)) {
    const ends = await Promise.allSettled(group.map((action) => act(action, instance, options)));
    // All have ended by now: nothing goes on behind a run that is over and has let go of the lock.
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }
}

/** Takes the node back to what it ran, where its step knows how. What it failed with, with a word on that. */
export async function ledBack(
  error: unknown,
  instance: Instance,
  context: ReturnType<typeof contextOf>,
  options: WalkOptions,
): Promise<unknown> {
  const { step, node } = instance;
  if (step.scope !== "node" || node === null || !(error instanceof StepFailure)) return error;
  const back = step.back?.(context as Parameters<NonNullable<NodeStep["back"]>>[0]) ?? [];
  if (back.length === 0) return error;
  options.emit({ type: "note", message: `${node.name} goes back to what it ran before ${step.id}` });
  const told = await carryOut(back, instance, options).then(
    () => `${node.name} runs what it ran before`,
    (reason: unknown) => `${node.name} did not come back: ${reason instanceof Error ? reason.message : String(reason)}`,
  );
  return new StepFailure(error.code, `${error.message}; ${told}`, {
    ...(error.seen === undefined ? {} : { seen: error.seen }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

/** Files and images are brought side by side; every other action waits for what stands before it. */
function sideBySide(actions: readonly Action[]): readonly (readonly Action[])[] {
  const groups: Action[][] = [];
  for (const action of actions) {
    const last = groups.at(-1);
    if (last !== undefined && last[0]?.kind === action.kind && (action.kind === "store" || action.kind === "image"))
      last.push(action);
    else groups.push([action]);
  }
  return groups;
}

/** Does one action, and tells it. Throws StepFailure or HostError. */
export async function act(action: Action, instance: Instance, options: WalkOptions): Promise<void> {
  const place = { step: instance.step.id, node: instance.node?.name ?? null };
  const context: PerformContext = {
    world: options.world,
    cache: options.cache,
    node: place.node,
    onReason: (summary, reason) => options.emit({ type: "waiting", ...place, summary, reason }),
  };
  if (action.kind !== "wait") options.emit({ type: "action", ...place, summary: describe(action) });
  await perform(action, context);
}
