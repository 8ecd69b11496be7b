import { sh } from "../host/sh.ts";
import { forgetNode } from "../kube/forgetNode.ts";
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
export async function leaveCluster(world: World, { name, address, drain }: Leaving, emit: Emit): Promise<boolean> {
  const place = { step: "reset", node: name };
  const start = performance.now();
  const end = (outcome: "changed" | "failed", error?: StepFailure): boolean => {
    const diagnostics =
      error === undefined
        ? {}
        : {
            diagnostics: [
              {
                severity: "error",
                code: error.code,
                message: error.message,
                place,
                ...(error.seen === undefined ? {} : { seen: error.seen }),
                ...(error.hint === undefined ? {} : { hint: error.hint }),
              } as const,
            ],
          };
    emit({ type: "step-ended", ...place, outcome, seconds: Math.round(performance.now() - start) / 1000, ...diagnostics });
    return outcome === "changed";
  };
  emit({ type: "step-started", ...place });
  try {
    await world.onControlPlane(async (host, prelude) => {
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
    });
    return end("changed");
  } catch (error) {
    if (error instanceof StepFailure) return end("failed", error);
    throw error;
  }
}
