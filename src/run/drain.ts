import { sh } from "../host/sh.ts";
import { apiPrelude } from "../kube/apiPrelude.ts";
import { runJob } from "./job.ts";
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
  await world.sessions.patiently(plane.name, (host) =>
    runJob(
      host,
      { name: `drain-${node}`, summary: `drain ${node}`, script, deadlineSeconds: options.timeoutSeconds + 30 },
      { onReason: options.onReason },
    ),
  );
}
