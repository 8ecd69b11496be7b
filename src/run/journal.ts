import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "./event.ts";

/** Folder of one cluster's journals: <state>/provision/<cluster>/runs, where <state> is $XDG_STATE_HOME or ~/.local/state. */
export const journalFolder = (env: Readonly<Record<string, string | undefined>>, home: string, cluster: string): string =>
  join(env.XDG_STATE_HOME || join(home, ".local", "state"), "provision", cluster, "runs");

/** Appends events to <folder>/<run>.ndjson, one JSON object a line, owner-only. Synchronous: a killed run has written all it told. */
export function openJournal(folder: string, run: string): { file: string; write: (event: RunEvent) => void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${run}.ndjson`);
  return { file, write: (event) => appendFileSync(file, `${JSON.stringify(event)}\n`, { mode: 0o600 }) };
}
