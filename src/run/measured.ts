import type { Instance } from "../plan/expand.ts";
import type { PlannedStep } from "../plan/plan.ts";
import type { Emit } from "./event.ts";
import { failureDiagnostics } from "./failureDiagnostics.ts";
import { measureNetwork, measureText, type NetworkMeasure } from "./measureNetwork.ts";
import type { World } from "./world.ts";

/** Whether carrying out these steps changes how packets travel between pods. */
export function changesNetwork(instances: readonly Instance[], changing: readonly PlannedStep[]): boolean {
  const ids = new Set(changing.map(({ id }) => id));
  return instances.some(({ id, step }) => step.scope === "cluster" && step.measured === true && ids.has(id));
}

/**
 * Does the work with the pod network measured before and after, told as a note. A cluster that has no network yet is not measured, and
 * neither is one whose work did not come out: its nodes are not alike. What cannot be measured is told, and stops nothing.
 */
export async function measured<T>(
  { world, emit }: { readonly world: World; readonly emit: Emit },
  work: () => Promise<T>,
  cameOut: (result: T) => boolean,
): Promise<T> {
  const before = await measure(world, emit, "before the change");
  const result = await work();
  const after = before !== null && cameOut(result) ? await measure(world, emit, "after the change") : null;
  if (before !== null && after !== null) emit({ type: "note", message: measureText(before, after) });
  return result;
}

async function measure(world: World, emit: Emit, when: string): Promise<NetworkMeasure | null> {
  try {
    return await measureNetwork(world);
  } catch (error) {
    const [found] = failureDiagnostics({ step: "network/measured", node: null }, error);
    emit({ type: "note", message: `the pod network could not be measured ${when}: ${found?.message ?? "no reason is known"}` });
    return null;
  }
}
