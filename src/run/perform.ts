import { dirname } from "node:path";
import type { FileCache } from "../artifacts/fileCache.ts";
import { type Host, HostError } from "../host/host.ts";
import { type Script, sh } from "../host/sh.ts";
import { Secret } from "../model/secret.ts";
import type { Action } from "../role/action.ts";
import { approveServingCertificates } from "./approveServingCertificates.ts";
import { runJob } from "./job.ts";
import { ship } from "./ship.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import { type NoReply, waitFor } from "./wait.ts";
import { noApi, type World } from "./world.ts";

export interface PerformContext {
  readonly world: World;
  readonly cache: FileCache;
  /** null for a step of the cluster: its actions run on a control plane. */
  readonly node: string | null;
  readonly onReason: (summary: string, reason: string) => void;
  /** Ends a wait, which then rejects with the abort's reason. */
  readonly signal?: AbortSignal;
}

/** Carries out one action. The only code that changes a machine. Throws StepFailure or HostError. */
export async function perform(action: Action, context: PerformContext): Promise<void> {
  const { world, node } = context;
  const on = <T>(use: (host: Host, prelude: Script) => Promise<T>): Promise<T> => {
    const where = action.kind === "wait" ? action.condition.where : "where" in action ? action.where : undefined;
    const atControlPlane = node === null || where === "control-plane";
    return atControlPlane ? world.onControlPlane(use) : world.sessions.patiently(node, (host) => use(host, sh``));
  };
  const run = (script: Script, what: string, stdin?: string | Secret): Promise<string> =>
    on(async (host, prelude) => {
      const reply = await host.run(sh`${prelude}\n${script}`.text, stdin === undefined ? {} : { stdin });
      if (reply.code === 0) return reply.stdout;
      throw new StepFailure("action/failed", `${what}: exit code ${reply.code}`, {
        seen: lastWords(reply.stderr || reply.stdout),
      });
    });

  switch (action.kind) {
    case "write":
      return on(async (host) => {
        await run(sh`mkdir -p ${dirname(action.path)}`, `make ${dirname(action.path)}`);
        const bytes = action.content instanceof Secret ? action.content : Buffer.from(action.content);
        await host.put(action.path, { kind: "bytes", bytes }, { mode: action.mode, owner: action.owner ?? "root:root" });
      });
    case "delete":
      await run(sh`rm -rf -- ${deletable(action.path)}`, `remove ${action.path}`);
      return;
    case "link":
      await run(
        sh`mkdir -p ${dirname(action.path)} && ln -sfn ${action.target} ${`${action.path}.provision-new`} && mv -fT ${`${action.path}.provision-new`} ${action.path}`,
        `link ${action.path}`,
      );
      return;
    case "store":
      return on((host) => ship(host, action.artifact, action.folder, delivery(context)));
    case "image":
      return on((host) => runJob(host, pullJob(action), jobOptions(context, `pull ${action.ref}`)));
    case "daemon-reload":
      await run(sh`systemctl daemon-reload`, "systemctl daemon-reload");
      return;
    case "unit":
      await operateUnit(action.unit, action.operation, run);
      return;
    case "run":
      await run(action.script, action.summary, action.stdin);
      return;
    case "job":
      return on((host, prelude) =>
        runJob(host, { ...action, script: sh`${prelude}\n${action.script}` }, jobOptions(context, action.summary)),
      );
    case "copy":
      return copyFromControlPlane(action.paths, context);
    case "wait": {
      const { condition } = action;
      const ask = async () => {
        if (action.approving) await approveServingCertificates(world, { onReason: () => {} }); // told once, by the action itself
        return on((host, prelude) => host.run(sh`${prelude}\n${condition.script}`.text)).catch(noReplyYet);
      };
      const signal = context.signal === undefined ? {} : { signal: context.signal };
      const waited = await waitFor(condition, ask, { ...jobOptions(context, condition.summary), ...signal });
      if (waited.met) return;
      const evidence = condition.evidence === undefined ? "" : await run(sh`{ ${condition.evidence}\n} 2>&1 || true`, "evidence");
      const seen = lastWords([waited.reason, evidence].filter((text) => text !== "").join("\n"), 30);
      throw new StepFailure("wait/deadline", `${condition.summary}: not after ${waited.seconds} s`, { seen });
    }
    case "approve-serving-certificates":
      return approveServingCertificates(world, jobOptions(context, "kubelet serving certificates"));
  }
}

/** A machine or API that is away for a while is waited for like anything else; the condition's deadline decides. */
function noReplyYet(error: unknown): NoReply {
  if (error instanceof HostError && error.transient) return { noReply: error.message };
  if (error instanceof StepFailure && error.code === noApi) return { noReply: error.message };
  throw error;
}

const delivery = ({ cache, world: { cluster } }: PerformContext) => ({
  cache,
  by: cluster.artifacts.from === "mirror" ? cluster.artifacts.delivery : ("controller" as const),
});

const jobOptions = (context: PerformContext, summary: string) => ({
  onReason: (reason: string) => context.onReason(summary, reason),
});

/**
 * What the kubelet's image garbage collector passes over (containerd `internal/cri/labels`): an image that was brought for a node's turn must
 * still be there when the turn comes, also on a disk that is nearly full.
 */
export const pinnedLabel = "io.cri-containerd.pinned";
/** Ours: what somebody else pinned is never unpinned. */
export const broughtLabel = "provision/brought";

/** Pulls by digest, then gives the image the name pods use. Both names stay: kubeadm's pods use the tag, ours tag and digest. */
function pullJob({ ref, digest, namespace }: Extract<Action, { kind: "image" }>): {
  name: string;
  summary: string;
  script: Script;
  deadlineSeconds: number;
} {
  const pinned = `${ref.slice(0, ref.lastIndexOf(":"))}@${digest}`;
  const name = `pull-${ref.replaceAll(/[^a-zA-Z0-9]+/g, "-")}`;
  // ctr warns on standard error of what is no fault; its words are kept for a failure alone.
  const script = sh`said=$(ctr -n ${namespace} images pull --hosts-dir /etc/containerd/certs.d ${pinned} 2>&1 >/dev/null && ctr -n ${namespace} images tag --force ${pinned} ${ref} 2>&1 >/dev/null && ctr -n ${namespace} images label ${ref} ${`${pinnedLabel}=pinned`} ${`${broughtLabel}=yes`} 2>&1 >/dev/null) || { printf '%s\\n' "$said"; exit 1; }`;
  return { name, summary: `pull ${ref}`, script, deadlineSeconds: 900 };
}

async function operateUnit(
  unit: string,
  operation: "enable" | "disable" | "start" | "stop" | "restart",
  run: (script: Script, what: string) => Promise<string>,
): Promise<void> {
  const starts = operation === "start" || operation === "restart";
  // The journal's end says why a unit did not come up; systemctl only says that it did not.
  const script = starts
    ? sh`systemctl ${operation} ${unit} || { journalctl -u ${unit} -n 20 --no-pager -o cat >&2; exit 1; }`
    : sh`systemctl ${operation} ${unit} 2>/dev/null || [ "$(systemctl show -p LoadState --value ${unit})" = not-found ]`;
  await run(script, `systemctl ${operation} ${unit}`);
}

/** Deleting is by absolute path, never a top folder, never a path that climbs. */
function deletable(path: string): string {
  if (!/^\/[^/]+(\/[^/]+)+$/.test(path) || path.split("/").includes("..")) throw new Error(`refuses to delete ${path}`);
  return path;
}

async function copyFromControlPlane(paths: readonly string[], { world, node }: PerformContext): Promise<void> {
  if (node === null) throw new Error("a step of the cluster has no node to copy to");
  const archive = await world.onControlPlane(async (host) => {
    const reply = await host.run(sh`tar -C / -cf - ${paths.map((path) => path.slice(1))} | base64 -w0`.text);
    if (reply.code !== 0)
      throw new StepFailure("action/failed", "could not read keys from the control plane", { seen: lastWords(reply.stderr) });
    return new Secret(reply.stdout);
  });
  const reply = await world.sessions.with(node, (host) =>
    host.run(sh`umask 077; base64 -d | tar -C / --no-same-owner -xpf -`.text, { stdin: archive }),
  );
  if (reply.code !== 0)
    throw new StepFailure("action/failed", "could not write keys from the control plane", { seen: lastWords(reply.stderr) });
}
