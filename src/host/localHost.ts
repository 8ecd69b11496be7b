import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { Secret } from "../model/secret.ts";
import type { Launch } from "./child.ts";
import { holdChild } from "./holdChild.ts";
import { type Host, HostError } from "./host.ts";
import { putFile } from "./putFile.ts";
import { makeRedactor, type Redactor } from "./redact.ts";
import { exitCode } from "./remoteShell.ts";
import { runChild } from "./runChild.ts";

/** This machine as a Host, with the rights of this process. */
export function localHost(name: string, redactor: Redactor = makeRedactor()): Host {
  const running = new Set<() => Promise<void>>();

  const launch: Launch = async (script, output, { stdin }) => {
    // The script comes by descriptor 3, so its length is not bounded by what one argument may be.
    const child = spawn("/bin/sh", ["-c", 's=$(cat <&3); exec 3<&-; eval "$s"'], {
      cwd: "/",
      detached: true,
      env: { ...process.env, LC_ALL: "C" },
      stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe", "pipe"],
    });
    const input = child.stdio[3] as Writable;
    input.on("error", () => undefined);
    input.end(script);
    child.stdout?.on("data", (chunk: Buffer) => output.stdout(chunk));
    child.stderr?.on("data", (chunk: Buffer) => output.stderr(chunk));
    const ended = new Promise<number>((resolve, reject) => {
      child.once("error", (cause) => reject(new HostError("channel", name, "/bin/sh cannot be started here", { cause })));
      child.once("close", (code, signal) => resolve(exitCode(code, signal ?? undefined) ?? 1));
    });
    const kill = async (): Promise<void> => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
      await ended.catch(() => undefined);
    };
    running.add(kill);
    ended.catch(() => undefined).then(() => running.delete(kill));
    return { stdin: child.stdin ?? input, ended, kill };
  };

  return {
    name,
    async run(script, options = {}) {
      if (script.includes("\0")) throw new TypeError("a NUL byte cannot stand in a shell script");
      if (options.stdin instanceof Secret) redactor.add(options.stdin);
      return runChild(launch, name, script, options, redactor);
    },
    put: (path, content, options = {}) => putFile(launch, name, path, content, options, redactor),
    hold: (script) => holdChild(launch, name, script),
    async close() {
      await Promise.all([...running].map((kill) => kill()));
    },
  };
}
