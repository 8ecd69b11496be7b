import { sh } from "../host/sh.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { conditionsOf, type Instance } from "../plan/expand.ts";
import type { Condition } from "../role/action.ts";
import type { Target } from "../role/step.ts";
import { nodeDiagnostic } from "./look.ts";
import { StepFailure } from "./stepFailure.ts";
import type { World } from "./world.ts";

/** Asks every condition of every step once, all at the same time; those that are not met come back with the reason. `bringPods`: those too that do. */
export async function verifyOnce({
  world,
  target,
  instances,
  bringPods,
}: {
  readonly world: World;
  readonly target: Target;
  readonly instances: readonly Instance[];
  readonly bringPods: boolean;
}): Promise<readonly Diagnostic[]> {
  const asked = instances.flatMap((instance) =>
    conditionsOf(instance, target)
      .filter((condition) => bringPods || condition.bringsPods !== true)
      .map((condition) => ({ condition, node: instance.node?.name ?? null, step: instance.step.id })),
  );
  const found = await Promise.all(
    asked.map(async ({ condition, node, step }): Promise<Diagnostic[]> => {
      const place = { step, ...(node === null ? {} : { node }) };
      try {
        const reason = await ask(world, condition, node);
        return reason === null
          ? []
          : [{ severity: "error", code: "verify/not-met", message: `not so: ${condition.summary}`, place, seen: reason }];
      } catch (error) {
        if (error instanceof StepFailure) return [{ severity: "error", code: error.code, message: error.message, place }];
        return [{ ...nodeDiagnostic(node ?? "", error), place }];
      }
    }),
  );
  return found.flat();
}

async function ask(world: World, condition: Condition, node: string | null): Promise<string | null> {
  const reply =
    node === null || condition.where === "control-plane"
      ? await world.onControlPlane((host, prelude) => host.run(sh`${prelude}\n${condition.script}`.text))
      : await world.sessions.with(node, (host) => host.run(condition.script.text));
  return condition.unmet(reply);
}
