import { sh } from "../host/sh.ts";
import { forgetNode } from "../kube/forgetNode.ts";
import { attempt } from "./attempt.ts";
import type { Emit } from "./event.ts";
import { runJob } from "./job.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import type { World } from "./world.ts";

export interface Leaving {
  readonly name: string;
  readonly address: string | null;
  /** Move its pods away first; false for a machine that is gone. */
  readonly drain: boolean;
}

/** Takes a node out of the cluster, through the control planes that stay: cordon, drain, Node and etcd member away. True when done. */
export function leaveCluster(world: World, { name, address, drain }: Leaving, emit: Emit): Promise<boolean> {
  const place = { step: "reset", node: name };
  return attempt(emit, place, () =>
    world.onControlPlane(async (host, prelude) => {
      if (drain) {
        emit({ type: "action", ...place, summary: "cordon and drain" });
        const script = sh`${prelude}\nif k get node ${name} >/dev/null 2>&1; then kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data --force --timeout=300s; fi`;
        await runJob(
          host,
          { name: `drain-${name}`, summary: "drain", script, deadlineSeconds: 330 },
          { onReason: (reason) => emit({ type: "waiting", ...place, summary: "drain", reason }) },
        );
      }
      emit({ type: "action", ...place, summary: "remove the Node and its etcd member" });
      const reply = await host.run(sh`${prelude}\n${forgetNode(name, address)}`.text);
      if (reply.code !== 0)
        throw new StepFailure("reset/forget", "the cluster does not let the node go", { seen: lastWords(reply.stderr) });
    }),
  );
}
