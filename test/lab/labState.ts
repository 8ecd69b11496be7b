import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { NetworkPick } from "./builds/networks.ts";
import { cachePath, cacheRoot, readJson, writeAtomically } from "./cache.ts";
import { LabError } from "./LabError.ts";
import { bridgeName, DEFAULT_LAB, type LabIdentity, type NodeSpec } from "./naming.ts";

export interface LabState {
  /** Its identity's, so that the addresses stay when the controller restarts. */
  readonly number: number;
  readonly nodes: readonly NodeSpec[];
  /** The first is the inventory's. */
  readonly kubernetes: readonly string[];
  /** Absent: none beside flannel. */
  readonly networks?: readonly NetworkPick[];
  readonly artifacts: "mirror" | "official";
}

export const labFolder = (name: string): string => cachePath("labs", name);
export const readState = (name: string): LabState | null => readJson<LabState>(`${labFolder(name)}/lab.json`);
export const writeState = (name: string, state: LabState): void =>
  writeAtomically(`${labFolder(name)}/lab.json`, `${JSON.stringify(state, null, 1)}\n`);

/** One claim for each number in use on this machine, whatever cache its lab belongs to; gone with a restart, as are the labs' kernel objects. */
const CLAIMS = "/run/provision-lab";

interface Claim {
  readonly number: number;
  readonly cache: string;
  readonly name: string;
}

function claims(): readonly Claim[] {
  const files = existsSync(CLAIMS) ? readdirSync(CLAIMS).filter((file) => /^\d+$/.test(file)) : [];
  return files.map((file) => {
    const [cache = "", name = ""] = readFileSync(`${CLAIMS}/${file}`, "utf8").split("\n");
    return { number: Number(file), cache, name };
  });
}

const ours = (): readonly Claim[] => claims().filter((claim) => claim.cache === cacheRoot());

/** The lab's number, kept from its first `up` to the end of its `down`; null when it has none. */
export function findIdentity(name: string): LabIdentity | null {
  const claim = ours().find((one) => one.name === name);
  return claim === undefined ? null : { name, number: claim.number };
}

/** Takes the number it had, or the lowest free one; 0 is the default lab's. A bridge of that name made by anybody else makes a number unfit. */
export function claimIdentity(name: string): LabIdentity {
  const known = findIdentity(name);
  if (known !== null) return known;
  mkdirSync(CLAIMS, { recursive: true });
  const before = readState(name)?.number;
  const any = name === DEFAULT_LAB ? [0] : Array.from({ length: 250 }, (_, i) => i + 1);
  for (const number of before === undefined ? any : [before]) {
    if (existsSync(`/sys/class/net/${bridgeName({ name, number })}`)) continue;
    try {
      writeFileSync(`${CLAIMS}/${number}`, `${cacheRoot()}\n${name}\n`, { flag: "wx" });
      return { name, number };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  const others = claims().map((claim) => `${claim.number}: ${claim.name} of ${claim.cache}`);
  throw new LabError(
    `no number is free for lab ${name} (${others.join("; ") || "its bridge exists already"}); end that lab first`,
  );
}

export function releaseIdentity(lab: LabIdentity): void {
  rmSync(`${CLAIMS}/${lab.number}`, { force: true });
}

/** Labs of this cache that are up, or half up or half down. */
export const labNames = (): readonly string[] => ours().map((claim) => claim.name);

/** No lab of any cache is on this machine. */
export const noLabLeft = (): boolean => claims().length === 0;
