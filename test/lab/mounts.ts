import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { waitFor } from "./waitFor.ts";

/** Mount points in mountinfo(5) at or below a folder, deepest (last mounted) first. */
export function mountPointsBelow(mountinfo: string, folder: string): readonly string[] {
  const decoded = (path: string) =>
    path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return mountinfo
    .split("\n")
    .map((line) => decoded(line.split(" ")[4] ?? ""))
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .reverse();
}

export const mountsBelow = (folder: string): readonly string[] =>
  mountPointsBelow(readFileSync("/proc/self/mountinfo", "utf8"), folder);

export async function unmountBelow(folder: string): Promise<void> {
  await waitFor(`unmounting ${folder}`, { intervalMs: 50, deadlineMs: 10_000, evenInterrupted: true }, () => {
    for (const point of mountsBelow(folder)) spawnSync("umount", [point]);
    const left = mountsBelow(folder);
    return left.length === 0 ? null : `${left.join(", ")} is busy`;
  });
}
