import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Outside every checkout: builds, root file system, images and labs. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env, home: string = homedir()): string {
  if (env.PROVISION_LAB_CACHE) return env.PROVISION_LAB_CACHE;
  return join(env.XDG_CACHE_HOME || join(home, ".cache"), "provision-lab");
}

export const cachePath = (...parts: string[]): string => join(cacheRoot(), ...parts);

/** Written beside the files after they are complete; files without one are of no use. */
export interface Manifest {
  readonly key: string;
  /** Path below the folder -> lower-case hex sha256. */
  readonly files: Readonly<Record<string, string>>;
  readonly seconds: number;
  readonly builtAt: string;
}

/** The same value, the same key, whatever the order of its fields. */
export function cacheKey(value: unknown): string {
  const ordered = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return createHash("sha256").update(ordered).digest("hex").slice(0, 12);
}

export function readJson<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch {
    return null;
  }
}

/** Whole or not at all. */
export function writeAtomically(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

/** Lower-case hex per path, as given. */
export async function sha256(paths: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const digest = async (path: string) => {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
    return [path, hash.digest("hex")] as const;
  };
  return Object.fromEntries(await Promise.all(paths.map(digest)));
}

/** null: complete and unchanged; else what is wrong with it. */
export async function verifyFiles(folder: string, files: Readonly<Record<string, string>>): Promise<string | null> {
  const missing = Object.keys(files).find((file) => !existsSync(join(folder, file)));
  if (missing !== undefined) return `${missing} is missing`;
  const seen = await sha256(Object.keys(files).map((file) => join(folder, file)));
  const wrong = Object.entries(files).find(([file, digest]) => seen[join(folder, file)] !== digest);
  return wrong === undefined ? null : `${wrong[0]} does not match its digest`;
}
