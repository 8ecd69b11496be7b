import { rmSync } from "node:fs";
import { join } from "node:path";
import { readJson, writeAtomically } from "./cache.ts";
import { processStart } from "./lock.ts";
import { waitFor } from "./waitFor.ts";

interface VmProcess {
  readonly pid: number;
  /** So that a number used again is not mistaken for it. */
  readonly started: string;
}

const recordPath = (folder: string): string => join(folder, "qemu.json");

export function rememberVm(folder: string, pid: number): void {
  writeAtomically(recordPath(folder), JSON.stringify({ pid, started: processStart(pid) ?? "" } satisfies VmProcess));
}

/** The process that is the machine whose files are in `folder`; null: it is off, or no virtual machine. */
export function vmPid(folder: string): number | null {
  const recorded = readJson<VmProcess>(recordPath(folder));
  return recorded !== null && processStart(recorded.pid) === recorded.started ? recorded.pid : null;
}

/** The plug is pulled. */
export async function killVm(folder: string): Promise<void> {
  await waitFor(`the end of the virtual machine in ${folder}`, { intervalMs: 20, deadlineMs: 10_000 }, () => {
    const pid = vmPid(folder);
    if (pid === null) return null;
    process.kill(pid, "SIGKILL");
    return `process ${pid} lives`;
  });
  rmSync(recordPath(folder), { force: true });
}
