import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { LabError } from "./LabError.ts";
import { waitFor } from "./waitFor.ts";

export interface LockHolder {
  readonly pid: number;
  /** Clock ticks since boot at which the process began (proc_pid_stat(5), field 22): a pid alone may be somebody else's by now. */
  readonly started: string;
  /** ISO 8601. */
  readonly since: string;
  readonly what: string;
}

/** null: no such process. */
export function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name in parentheses may hold spaces
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

export function parseHolder(text: string): LockHolder | null {
  try {
    const value = JSON.parse(text);
    return typeof value?.pid === "number" && typeof value.started === "string" ? value : null;
  } catch {
    return null;
  }
}

/** null: free, or left by a process that is gone. */
export function lockHolder(path: string): LockHolder | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return null;
  }
  const holder = parseHolder(text);
  return holder !== null && processStart(holder.pid) === holder.started ? holder : null;
}

/** The holder that refused us, or null when the lock is ours now. */
function tryLock(path: string, what: string): LockHolder | null {
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${path}.${process.pid}`;
  const holder: LockHolder = {
    pid: process.pid,
    started: processStart(process.pid) ?? "",
    since: new Date().toISOString(),
    what,
  };
  writeFileSync(mine, JSON.stringify(holder));
  try {
    for (;;) {
      try {
        linkSync(mine, path); // the name and its whole content appear at once, and only one of two can do it
        return null;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const other = lockHolder(path);
      if (other !== null) return other;
      const stale = `${path}.stale.${process.pid}`;
      try {
        renameSync(path, stale);
      } catch {
        continue; // somebody else cleared it first
      }
      if (lockHolder(stale) !== null)
        renameSync(stale, path); // taken anew between look and rename: give it back
      else rmSync(stale, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

export const describeHolder = (holder: LockHolder): string => `"${holder.what}" (process ${holder.pid}, since ${holder.since})`;

export interface LockOptions {
  /** What the holder is doing, for whoever is refused. */
  readonly what: string;
  /** null: refuse at once; else wait, after telling whom we wait for. */
  readonly wait: ((holder: LockHolder) => void) | null;
}

/** Answers how to release it. A lock left by a dead process is taken over. */
export async function takeLock(path: string, options: LockOptions): Promise<() => void> {
  const refused = tryLock(path, options.what);
  if (refused !== null) {
    if (options.wait === null)
      throw new LabError(`busy: ${describeHolder(refused)} is at work on it; wait for its end or stop it`);
    options.wait(refused);
    await waitFor(`the lock ${path}`, { intervalMs: 250, deadlineMs: 3_600_000 }, () => {
      const holder = tryLock(path, options.what);
      return holder === null ? null : `held by ${describeHolder(holder)}`;
    });
  }
  const remove = () => rmSync(path, { force: true });
  process.once("exit", remove);
  return () => {
    process.off("exit", remove);
    remove();
  };
}

export async function withLock<T>(path: string, options: LockOptions, run: () => Promise<T>): Promise<T> {
  const release = await takeLock(path, options);
  try {
    return await run();
  } finally {
    release();
  }
}
