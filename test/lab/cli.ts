import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { RunEvent } from "../../src/run/event.ts";

/** How a run of the command line ended. */
export interface Ran {
  /** null: ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Wall time. */
  readonly seconds: number;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ran>;
  /** Resolves at the first event (of a run with --json) that fits; rejects when the run ends without one. */
  event(fits: (event: RunEvent) => boolean): Promise<RunEvent>;
}

const checkout = fileURLToPath(new URL("../../", import.meta.url));
const built = `${checkout}dist/src/cli/main.js`;

const newest = (folder: string): number =>
  Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true }).map(
      (entry) => statSync(`${entry.parentPath}/${entry.name}`).mtimeMs,
    ),
  );

/** The built program, as users run it, unless there is none or the sources are newer: then the sources. */
function program(): readonly string[] {
  const sources = ["src", "roles"].map((folder) => newest(`${checkout}${folder}`));
  if (existsSync(built) && statSync(built).mtimeMs > Math.max(...sources)) return [built];
  return ["--import", import.meta.resolve("tsx"), `${checkout}src/cli/main.ts`];
}

/** Starts `provision` as a process of its own, without a terminal. `env` is its whole environment. */
export function start(args: readonly string[], options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): Running {
  const began = performance.now();
  const child = spawn(process.execPath, [...program(), ...args], { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  const events: RunEvent[] = [];
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!line.startsWith('{"at"')) return;
    events.push(JSON.parse(line) as RunEvent);
    tell();
  });
  let over = false;
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      over = true;
      tell();
      resolve({ code, stdout, stderr, seconds: Math.round(performance.now() - began) / 1000 });
    });
  });
  const event = (fits: (event: RunEvent) => boolean): Promise<RunEvent> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = events.find(fits);
        if (found === undefined && !over) return;
        listeners.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`the run ended without that event\n${stdout}\n${stderr}`));
      };
      listeners.add(look);
      look();
    });
  return { process: child, ended, event };
}
