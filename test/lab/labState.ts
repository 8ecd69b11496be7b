import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cachePath, readJson, writeAtomically } from "./cache.ts";
import { LabError } from "./LabError.ts";
import { bridgeName, DEFAULT_LAB, type LabIdentity, type NodeSpec } from "./naming.ts";

export interface LabState {
  readonly nodes: readonly NodeSpec[];
  /** The first is the inventory's. */
  readonly kubernetes: readonly string[];
  readonly artifacts: "mirror" | "official";
}

export const labFolder = (name: string): string => cachePath("labs", name);
export const readState = (name: string): LabState | null => readJson<LabState>(`${labFolder(name)}/lab.json`);
export const writeState = (name: string, state: LabState): void =>
  writeAtomically(`${labFolder(name)}/lab.json`, `${JSON.stringify(state, null, 1)}\n`);

const numbers = (): string => cachePath("labs", ".numbers");

/** The lab's number, kept from its first `up` to the end of its `down`; null when it has none. */
export function findIdentity(name: string): LabIdentity | null {
  if (!existsSync(numbers())) return null;
  const taken = readdirSync(numbers()).find((entry) => readFileSync(`${numbers()}/${entry}`, "utf8") === name);
  return taken === undefined ? null : { name, number: Number(taken) };
}

/** Takes the lowest free number; 0 is the default lab's. A bridge of that name made by anybody else makes a number unfit. */
export function claimIdentity(name: string): LabIdentity {
  const known = findIdentity(name);
  if (known !== null) return known;
  mkdirSync(numbers(), { recursive: true });
  const candidates = name === DEFAULT_LAB ? [0] : Array.from({ length: 250 }, (_, i) => i + 1);
  for (const number of candidates) {
    if (existsSync(`/sys/class/net/${bridgeName({ name, number })}`)) continue;
    try {
      writeFileSync(`${numbers()}/${number}`, name, { flag: "wx" });
      return { name, number };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  throw new LabError(
    `no number is free for lab ${name}: its bridge would be that of a lab with another cache folder; end that one first`,
  );
}

export function releaseIdentity(lab: LabIdentity): void {
  rmSync(`${numbers()}/${lab.number}`, { force: true });
}

/** Names of the labs that are up, or half up or half down. */
export function labNames(): readonly string[] {
  if (!existsSync(numbers())) return [];
  return readdirSync(numbers()).map((entry) => readFileSync(`${numbers()}/${entry}`, "utf8"));
}
