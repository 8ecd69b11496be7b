import type { NodeSpec } from "../model/cluster.ts";
import { attempt } from "./attempt.ts";
import { cordon, uncordon } from "./cordon.ts";
import { drain } from "./drain.ts";
import type { TurnContext } from "./nodeTurn.ts";

/**
 * Cordons and drains a node, then does `whenEmpty`, told as the step "<verb>/drain". True when all of it is done; otherwise the cordon is
 * taken away again, when it is this tool's.
 */
export async function emptyNode(
  { name: node }: NodeSpec,
  verb: "turn" | "rollback",
  { world, target, emit, run }: TurnContext,
  whenEmpty: () => Promise<void> = async () => {},
): Promise<boolean> {
  const at = (step: string) => ({ step: `${verb}/${step}`, node });
  const emptied = await attempt(emit, at("drain"), async () => {
    emit({ type: "action", ...at("drain"), summary: "cordon and drain" });
    await cordon(world, node, run);
    const onReason = (reason: string): void => emit({ type: "waiting", ...at("drain"), summary: "drain", reason });
    await drain(world, node, { timeoutSeconds: target.cluster.upgrade.drainTimeoutSeconds, onReason });
    await whenEmpty();
  });
  if (!emptied) await attempt(emit, at("uncordon"), () => uncordon(world, node));
  return emptied;
}
