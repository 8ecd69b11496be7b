import { budgetsFact } from "../facts/upgradeObjects.ts";
import { podsFact } from "../facts/upgradePods.ts";
import { sh } from "../host/sh.ts";
import { apiPrelude } from "../kube/apiPrelude.ts";
import { controlPlanes } from "../model/cluster.ts";
import { heldBack } from "../upgrade/refusals/budgets.ts";
import { runJob } from "./job.ts";
import { lookAtCluster } from "./look.ts";
import { StepFailure } from "./stepFailure.ts";
import type { World } from "./world.ts";

/**
 * Evicts a cordoned node's pods, DaemonSets' aside, through the eviction API: PodDisruptionBudgets decide when. Runs as a job on a control
 * plane, so a lost connection loses nothing. Throws StepFailure with what kubectl said, e.g. which budget never yielded.
 */
export async function drain(
  world: World,
  node: string,
  options: { readonly timeoutSeconds: number; readonly onReason: (reason: string) => void },
): Promise<void> {
  const plane = await world.answering();
  const timeout = `${options.timeoutSeconds}s`;
  const script = sh`${apiPrelude(plane)}\nkubectl --server=${`https://${plane.address}:6443`} drain ${node} --ignore-daemonsets --delete-emptydir-data --timeout=${timeout}`;
  try {
    await world.sessions.patiently(plane.name, (host) =>
      runJob(
        host,
        { name: `drain-${node}`, summary: `drain ${node}`, script, deadlineSeconds: options.timeoutSeconds + 30 },
        { onReason: options.onReason },
      ),
    );
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    const held = await budgetsThatHold(world, node);
    if (held.length === 0) throw error;
    throw new StepFailure("drain/budget", `${node} is not empty after ${timeout}: a PodDisruptionBudget lets its pods not go`, {
      seen: held.join("\n"),
      hint: "let it allow one pod to be away, run one more replica, or see why its pods are not healthy; upgrade.drain.timeout is how long is waited",
    });
  }
}

/** What kubectl does not tell: which budget it was. Nothing when nobody answers now. */
async function budgetsThatHold({ cluster, sessions }: World, node: string): Promise<readonly string[]> {
  const { kube } = await lookAtCluster(sessions, controlPlanes(cluster), [budgetsFact, podsFact]);
  const [budgets, pods] = [kube?.get(budgetsFact.key), kube?.get(podsFact.key)];
  if (budgets === undefined || pods === undefined) return [];
  return heldBack(node, budgetsFact.parse(budgets), podsFact.parse(pods));
}
