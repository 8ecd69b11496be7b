import { reveal } from "../model/secret.ts";
import type { Launch } from "./child.ts";
import { HostError, type RunOptions, type RunResult } from "./host.ts";
import { limit, orAbort } from "./limit.ts";
import type { Redactor } from "./redact.ts";

export const defaultTimeout = 60_000;

/** Both streams together. More than this is a mistake of the script, and would fill this machine's memory. */
export const outputLimit = 64 * 1024 * 1024;

const firstLine = (script: string): string => {
  const line = script.trimStart().split("\n", 1)[0] ?? "";
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
};

export const timedOut = (host: string, script: string, timeout: number, redactor: Redactor): HostError =>
  new HostError("timeout", host, `no end after ${timeout / 1000} s on ${host}: ${redactor.redact(firstLine(script))}`, {
    hint: "the command was killed; is the machine overloaded, or waiting for something?",
  });

export const tooMuch = (host: string, script: string, redactor: Redactor): HostError =>
  new HostError(
    "timeout",
    host,
    `more than ${outputLimit / 1024 / 1024} MB of output on ${host}: ${redactor.redact(firstLine(script))}`,
    {
      hint: "the command was killed",
    },
  );

/** Starts a script, feeds it, collects what it says. stderr comes back redacted; stdout is data and comes as it is. */
export async function runChild(
  launch: Launch,
  host: string,
  script: string,
  options: RunOptions,
  redactor: Redactor,
): Promise<RunResult> {
  const timeout = options.timeout ?? defaultTimeout;
  const bound = limit(timeout, () => timedOut(host, script, timeout, redactor), options.signal);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let size = 0;
  const into = (chunks: Buffer[]) => (chunk: Buffer) => {
    size += chunk.length;
    if (size <= outputLimit) chunks.push(chunk);
    else bound.abort(tooMuch(host, script, redactor));
  };
  try {
    bound.signal.throwIfAborted();
    const starting = launch(script, { stdout: into(stdout), stderr: into(stderr) }, { stdin: options.stdin !== undefined });
    const child = await orAbort(starting, bound.signal, () => starting.then((late) => late.kill()));
    if (options.stdin !== undefined) child.stdin.end(Buffer.isBuffer(options.stdin) ? options.stdin : reveal(options.stdin));
    const code = await orAbort(child.ended, bound.signal, () => child.kill());
    return { code, stdout: Buffer.concat(stdout).toString(), stderr: redactor.redact(Buffer.concat(stderr).toString()) };
  } finally {
    bound.clear();
  }
}
