import { spawn } from "node:child_process";
import { setTimeout as after } from "node:timers/promises";
import type { ClusterSpec } from "../model/cluster.ts";
import { attempt } from "./attempt.ts";
import type { Emit } from "./event.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";

export interface HookSurroundings {
  /** What the commands find in their environment, beside what a turn adds. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** A node's turn as its hooks are told of it. */
export interface HookedTurn {
  readonly node: string;
  /** Kubernetes versions. */
  readonly from: string;
  readonly to: string;
}

/** Bytes of a hook's output that are kept for a failure. */
const keptOutput = 8192;
/** Milliseconds in which the output of a command that has ended must be read: what it left running may hold it open for ever. */
const outputDeadline = 1000;

/**
 * A turn between the inventory's hooks. False when one failed or the turn did: before it the node is not touched, after it the node is
 * back in service.
 */
export async function withHooks(
  { node, from, to }: HookedTurn,
  hooks: ClusterSpec["upgrade"]["hooks"],
  { emit, ...around }: HookSurroundings & { readonly emit: Emit },
  turn: () => Promise<boolean>,
): Promise<boolean> {
  const run = async (phase: "before" | "after"): Promise<boolean> => {
    const command = hooks[phase];
    if (command === null) return true;
    const place = { step: `turn/hook-${phase}`, node };
    return attempt(emit, place, () => {
      emit({ type: "action", ...place, summary: `upgrade.hooks.${phase}: ${command.trim().split("\n", 1)[0]}` });
      const env = { ...around.env, NODE: node, PHASE: phase, FROM: from, TO: to };
      return runHook(phase, command, { env, cwd: around.cwd, timeoutSeconds: hooks.timeoutSeconds });
    });
  };
  return (await run("before")) && (await turn()) && (await run("after"));
}

/** `sh -c` of the inventory's own text. Values of the turn come by the environment alone, so no name is ever read as shell. */
async function runHook(
  phase: "before" | "after",
  command: string,
  { env, cwd, timeoutSeconds }: HookSurroundings & { readonly timeoutSeconds: number },
): Promise<void> {
  // A group of its own: a Ctrl-C at the terminal is for the run, which lets the turn end; the deadline is for all the hook started.
  const child = spawn("/bin/sh", ["-c", command], { cwd, env: { ...env }, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let said = "";
  const hear = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-keptOutput);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let late = false;
  const kill = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    late = true;
    process.kill(-child.pid, "SIGKILL");
  };
  const deadline = setTimeout(kill, timeoutSeconds * 1000);
  const leave = (): void => kill();
  process.once("exit", leave);
  try {
    const ended = await new Promise<string | null>((resolve, reject) => {
      child.once("error", (error) => reject(new StepFailure("turn/hook", "the hook cannot be run", { seen: error.message })));
      child.once("exit", (code, signal) =>
        resolve(code === 0 ? null : signal === null ? `exit code ${code}` : `ended by ${signal}`),
      );
    });
    const patience = new AbortController();
    await Promise.race([closed, after(outputDeadline, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
    child.stdout.destroy();
    child.stderr.destroy();
    if (ended === null) return;
    throw new StepFailure("turn/hook", `upgrade.hooks.${phase}: ${late ? `no end within ${timeoutSeconds} s` : ended}`, {
      seen: lastWords(said),
      hint:
        phase === "before"
          ? "the node was not touched; put right what the hook found, and run the same command again"
          : "the node is back in service; do what the hook did not: it is not run again for this node",
    });
  } finally {
    clearTimeout(deadline);
    process.off("exit", leave);
  }
}
