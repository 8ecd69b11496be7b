import { leaseOf } from "../backup/restoreScripts.ts";
import type { RunResult } from "../host/host.ts";
import { type Script, sh } from "../host/sh.ts";
import { initialisedPath } from "../kube/apiPrelude.ts";
import type { NodeSpec } from "../model/cluster.ts";
import type { Condition } from "../role/action.ts";
import type { Emit } from "./event.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import { type NoReply, waitFor } from "./wait.ts";
import { noApi, type World } from "./world.ts";

/** A kubelet renews its lease every 10 s; what etcd says of it is as old as the backup, so only a new time counts. */
function heardFrom({ name }: NodeSpec, deadlineMs: number): Condition {
  let first: string | null = null;
  return {
    summary: `the cluster hears from ${name} again`,
    where: "control-plane",
    script: leaseOf(name),
    unmet: ({ code, stdout }) => {
      if (code !== 0) return "the API does not answer";
      first ??= stdout;
      return stdout !== first && stdout !== "" ? null : "its kubelet has not renewed its lease";
    },
    intervalMs: 1000,
    deadlineMs,
  };
}

/** Long enough for a kubelet's back-off after its API was away; then a restart is quicker. */
const byItself = 45_000;
const afterRestart = 180_000;

/** A worker that went on running finds the API again, its certificate being of the same CA. One that does not has its kubelet restarted; its pods go on. Throws StepFailure. */
export async function reconnect(world: World, node: NodeSpec, emit: Emit): Promise<void> {
  const place = { step: "restore/worker", node: node.name };
  const on = (script: string): Promise<RunResult> => world.sessions.with(node.name, (host) => host.run(script));
  if ((await on(sh`[ -e ${initialisedPath} ]`.text)).code !== 0) return; // not a member yet: it joins like any other
  const heard = (condition: Condition) =>
    waitFor(condition, () => ask(world, condition.script), {
      onReason: (reason) => emit({ type: "waiting", ...place, summary: condition.summary, reason }),
    });
  // One that joined after the backup was made is not known; a kubelet registers its Node when it starts.
  const known = await ask(world, leaseOf(node.name));
  if (("noReply" in known || known.stdout !== "") && (await heard(heardFrom(node, byItself))).met) return;
  emit({ type: "action", ...place, summary: "restart the kubelet; pods go on" });
  await on(sh`systemctl restart kubelet.service`.text);
  const waited = await heard(heardFrom(node, afterRestart));
  if (waited.met) return;
  const { stdout } = await on(sh`journalctl -u kubelet -n 12 --no-pager -o cat`.text);
  throw new StepFailure("restore/worker-lost", `${node.name} does not come back to the cluster`, {
    seen: lastWords(`${waited.reason}\n${stdout}`),
    hint: `provision reset --node ${node.name} takes it off; provision up takes it in again, with new pods`,
  });
}

async function ask(world: World, script: Script): Promise<RunResult | NoReply> {
  try {
    return await world.onControlPlane((host, prelude) => host.run(sh`${prelude}\n${script}`.text));
  } catch (error) {
    if (error instanceof StepFailure && error.code === noApi) return { noReply: error.message };
    throw error;
  }
}
