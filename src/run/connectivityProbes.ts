import { z } from "zod";
import { isReady } from "../facts/kube.ts";
import { sh } from "../host/sh.ts";
import { jsonOrNull } from "../model/jsonOrNull.ts";
import { connectivityNamespace as ns } from "./connectivityObjects.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import { waitFor } from "./wait.ts";
import type { World } from "./world.ts";

/** Milliseconds for all probe pods to be ready. */
const podDeadline = 180_000;

/** Rejects with StepFailure when the API server does not take it. */
export async function applyProbes(world: World, object: object): Promise<void> {
  const reply = await world.onControlPlane((host, prelude) =>
    host.run(sh`${prelude}\nk apply --server-side --force-conflicts --field-manager provision -f - >/dev/null`.text, {
      stdin: JSON.stringify(object),
    }),
  );
  if (reply.code !== 0)
    throw new StepFailure("connectivity/apply", "the API server does not take the probes", { seen: lastWords(reply.stderr) });
}

const seenSchema = z.object({
  items: z.array(
    z.union([
      z.object({ kind: z.literal("Service"), spec: z.object({ clusterIP: z.ipv4() }) }),
      z.object({
        kind: z.literal("Pod"),
        spec: z.object({ nodeName: z.string().default("") }),
        status: z.object({
          podIP: z.ipv4().optional(),
          conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
        }),
      }),
    ]),
  ),
});

/** Addresses of the probes by node, when each of these nodes has a ready one. */
export async function probesOf(
  world: World,
  nodes: readonly string[],
): Promise<{ pods: ReadonlyMap<string, string>; service: string }> {
  let found = { pods: new Map<string, string>(), service: "" };
  const condition = {
    summary: "the probe pods are ready",
    script: sh``,
    unmet: ({ code, stdout }: { code: number; stdout: string }) => {
      const parsed = seenSchema.safeParse(code === 0 ? jsonOrNull(stdout) : null);
      if (!parsed.success) return "the API does not tell of them";
      const pods = new Map<string, string>();
      let service = "";
      for (const item of parsed.data.items) {
        if (item.kind === "Service") service = item.spec.clusterIP;
        else if (item.status.podIP !== undefined && isReady(item.status.conditions))
          pods.set(item.spec.nodeName, item.status.podIP);
      }
      found = { pods, service };
      const missing = nodes.filter((node) => !pods.has(node));
      return missing.length === 0 && service !== "" ? null : `no ready pod on ${missing.join(", ")}`;
    },
    intervalMs: 500,
    deadlineMs: podDeadline,
  };
  const waited = await waitFor(condition, () =>
    world.onControlPlane((host, prelude) => host.run(sh`${prelude}\nk -n ${ns} get pods,services -o json`.text)),
  );
  if (waited.met) return found;
  const { stdout } = await world.onControlPlane((host, prelude) =>
    host.run(sh`${prelude}\nk -n ${ns} get pods -o wide; k -n ${ns} get events --sort-by=.lastTimestamp | tail -n 5`.text),
  );
  throw new StepFailure("connectivity/pods", `the probe pods are not ready after ${waited.seconds} s: ${waited.reason}`, {
    seen: lastWords(stdout),
    hint: "the network does not give pods addresses, or the nodes do not run them",
  });
}

/** Takes away what an earlier or this run made, and waits until it is gone. Rejects with StepFailure when it does not go. */
export async function clearProbes(world: World): Promise<void> {
  const condition = {
    summary: "the probe pods are gone",
    script: sh`k delete namespace ${ns} --ignore-not-found --wait=false >/dev/null; k get namespace ${ns} --ignore-not-found -o name`,
    unmet: ({ code, stdout }: { code: number; stdout: string }) =>
      code !== 0 ? "the API does not answer" : stdout.trim() === "" ? null : `namespace ${ns} is still ending`,
    intervalMs: 500,
    deadlineMs: 90_000,
  };
  const waited = await waitFor(condition, () =>
    world.onControlPlane((host, prelude) => host.run(sh`${prelude}\n${condition.script}`.text)),
  );
  if (!waited.met)
    throw new StepFailure("connectivity/clear", `${condition.summary}: not after ${waited.seconds} s`, { seen: waited.reason });
}
