import { spawn } from "node:child_process";
import { setMaxListeners } from "node:events";
import { closeSync, openSync } from "node:fs";
import { $, ProcessOutput } from "zx";
import { LabError } from "./LabError.ts";

const interruption = new AbortController();
setMaxListeners(0, interruption.signal);

/** Every command of the lab goes through here, so that an interruption ends them all with their children. */
export const sh = $({ verbose: false, quiet: true, signal: interruption.signal, killSignal: "SIGTERM" });

export function interrupt(): void {
  interruption.abort();
}

export const interrupted = (): boolean => interruption.signal.aborted;

/** A process that outlives this one, in a session of its own; both outputs go to `log`. */
export function startDetached(command: string, args: readonly string[], log: string, cwd = "/"): number {
  const out = openSync(log, "a");
  try {
    const child = spawn(command, args, { detached: true, stdio: ["ignore", out, out], cwd });
    child.on("error", () => {}); // whoever waits for its effect tells
    child.unref();
    if (child.pid === undefined) throw new LabError(`${command} does not start`);
    return child.pid;
  } finally {
    closeSync(out);
  }
}

/** One paragraph for people: the error's own words, or a command's last lines. */
export function explain(error: unknown): string {
  if (error instanceof ProcessOutput) {
    const said = (error.stderr.trim() || error.stdout.trim()).split("\n").slice(-12).join("\n  ");
    return `a command failed (${error.signal ?? `exit ${error.exitCode}`}):\n  ${said || "it said nothing"}`;
  }
  return error instanceof Error ? error.message : String(error);
}
