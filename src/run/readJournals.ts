import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { RunEvent } from "./event.ts";

/** One run as its journal tells it. */
export interface Journal {
  /** Id of the run: the file's name. */
  readonly run: string;
  readonly events: readonly RunEvent[];
  /** Lines that are no event this version knows: half-written by a killed run, or of another version. */
  readonly unread: number;
}

const ending = ".ndjson";
const time = z.string().refine((text) => !Number.isNaN(Date.parse(text)));
const base = { at: time, run: z.string() };
const place = { step: z.string(), node: z.string().nullable() };
const nodes = z.array(z.string());
const diagnostic = z.object({
  severity: z.enum(["error", "warning"]),
  code: z.string(),
  message: z.string(),
  place: z.object({ node: z.string().optional(), step: z.string().optional(), file: z.string().optional() }),
  seen: z.string().optional(),
  hint: z.string().optional(),
});
const event = z.discriminatedUnion("type", [
  z.object({
    ...base,
    type: z.literal("run-started"),
    verb: z.string(),
    cluster: z.string(),
    steps: z.array(z.object({ id: z.string(), node: z.string().nullable(), summary: z.string() })),
    by: z.object({ user: z.string(), host: z.string(), pid: z.number() }).optional(),
    upgrade: z
      .object({
        from: z.string(),
        to: z.string(),
        later: z.number(),
        controlPlanes: nodes,
        groups: z.array(z.object({ name: z.string(), window: z.number(), nodes })),
      })
      .optional(),
  }),
  z.object({ ...base, type: z.literal("step-started"), ...place }),
  z.object({ ...base, type: z.literal("action"), ...place, summary: z.string() }),
  z.object({ ...base, type: z.literal("waiting"), ...place, summary: z.string(), reason: z.string() }),
  z.object({
    ...base,
    type: z.literal("step-ended"),
    ...place,
    outcome: z.enum(["ok", "changed", "failed", "not-run"]),
    seconds: z.number(),
    diagnostics: z.array(diagnostic).optional(),
  }),
  z.object({ ...base, type: z.literal("note"), message: z.string() }),
  z.object({
    ...base,
    type: z.literal("run-ended"),
    outcome: z.enum(["done", "failed", "interrupted"]),
    seconds: z.number(),
    left: z.array(z.string()),
  }),
]);

/** Ids of the runs in a folder of journals, oldest first; none when there is no such folder. */
export async function listRuns(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .sort();
}

/** One of the runs that `listRuns` names. What cannot be read in it is counted, never guessed. */
export async function readJournal(folder: string, run: string): Promise<Journal> {
  const lines = (await readFile(join(folder, `${run}${ending}`), "utf8")).split("\n").filter((line) => line.trim() !== "");
  const events = lines.flatMap((line) => parse(line) ?? []);
  return { run, events, unread: lines.length - events.length };
}

function parse(line: string): RunEvent | null {
  try {
    return event.parse(JSON.parse(line)) as RunEvent;
  } catch {
    return null;
  }
}
