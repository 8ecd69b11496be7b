import { readdirSync, readFileSync } from "node:fs";

export interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Other processes whose command line holds one of the words. */
export function processesNaming(words: readonly string[]): readonly Process[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry) => {
      try {
        const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return words.some((word) => command.includes(word)) ? [{ pid: Number(entry), command }] : [];
      } catch {
        return []; // ended meanwhile
      }
    });
}
