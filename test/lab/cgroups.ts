import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { processesNaming } from "./processes.ts";
import { waitFor } from "./waitFor.ts";

const ROOT = "/sys/fs/cgroup";

/** Every hierarchy that is mounted: the v1 controllers and "unified", or the one v2 tree. */
export function hierarchies(): readonly string[] {
  if (existsSync(join(ROOT, "cgroup.controllers"))) return [ROOT];
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(ROOT, entry.name));
}

/** Top-level groups whose name begins so, in all hierarchies. */
export function groupsNamed(prefix: string): readonly string[] {
  return hierarchies().flatMap((hierarchy) =>
    readdirSync(hierarchy, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.startsWith(prefix))
      .map((entry) => join(hierarchy, entry.name)),
  );
}

/** The group and all below it, deepest first. A group may vanish while we look. */
function subtree(group: string): readonly string[] {
  try {
    const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...below.flatMap((entry) => subtree(join(group, entry.name))), group];
  } catch {
    return [];
  }
}

function pidsIn(group: string): readonly number[] {
  try {
    return readFileSync(join(group, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

const groupsOf = (name: string): readonly string[] => groupsNamed(name).filter((group) => group.endsWith(`/${name}`));

/** Processes of the machine called `name`, whatever group below its own they are in. */
export function processesOf(name: string): readonly number[] {
  return [...new Set(groupsOf(name).flatMap(subtree).flatMap(pidsIn))].filter((pid) => pid > 0);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // gone already
  }
}

/** No goodbye: every process of the machine ends, at once and for good, then its groups. */
export async function killMachine(name: string): Promise<void> {
  await waitFor(`the end of ${name}`, { intervalMs: 20, deadlineMs: 20_000 }, () => {
    const booting = processesNaming([`--machine=${name} `]).map((one) => one.pid); // not in its cgroups yet
    const alive = [...processesOf(name), ...booting];
    for (const pid of alive) kill(pid);
    return alive.length === 0 ? null : `processes ${alive.slice(0, 5).join(", ")} live`;
  });
  await waitFor(`the cgroups of ${name}`, { intervalMs: 20, deadlineMs: 10_000 }, () => {
    for (const group of groupsOf(name).flatMap(subtree)) {
      try {
        rmdirSync(group);
      } catch {
        // busy until its last process is reaped
      }
    }
    const left = groupsOf(name);
    return left.length === 0 ? null : `${left.join(", ")} cannot be removed`;
  });
}
