import type { Host } from "../host/host.ts";
import { type Script, sh } from "../host/sh.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import type { World } from "./world.ts";

/** On the Node: this tool cordoned it, and which run. A node that was cordoned by somebody else has no such mark and stays cordoned. */
export const cordonedBy = "provision/cordoned";

/** Marks and cordons in one write, so that no moment exists in which it is unclear whose cordon it is. Does nothing to a cordoned node. */
export async function cordon(world: World, node: string, run: string): Promise<void> {
  const patch = JSON.stringify({ metadata: { annotations: { [cordonedBy]: run } }, spec: { unschedulable: true } });
  await k(
    world,
    sh`[ "$(k get node ${node} -o jsonpath='{.spec.unschedulable}')" = true ] || k patch node ${node} --type merge -p ${patch} >/dev/null`,
    `cordon ${node}`,
  );
}

/** Takes the cordon away when this tool set it. */
export async function uncordon(world: World, node: string): Promise<void> {
  const patch = JSON.stringify({ metadata: { annotations: { [cordonedBy]: null } }, spec: { unschedulable: null } });
  const path = `{.metadata.annotations['${cordonedBy}']}`;
  await k(
    world,
    sh`mark=$(k get node ${node} -o jsonpath=${path}) || exit 1; [ -z "$mark" ] || k patch node ${node} --type merge -p ${patch} >/dev/null`,
    `uncordon ${node}`,
  );
}

async function k(world: World, script: Script, what: string): Promise<void> {
  const reply = await world.onControlPlane((host: Host, prelude) => host.run(sh`${prelude}\n${script}`.text));
  if (reply.code !== 0) throw new StepFailure("node/cordon", `could not ${what}`, { seen: lastWords(reply.stderr) });
}
