/** Run ids begin with their UTC time, so the order of names is the order of time: "20260102T030405Z-1a2b". */
const runId = /^\d{8}T\d{6}Z-[0-9a-f]{4,}$/;

/** Which of `names`, beside each other in one folder, are backups beyond the newest `keep`. What is not named like a run is nobody's to delete; `fresh` always stays. */
export function beyondKeep(names: readonly string[], keep: number, fresh: string): readonly string[] {
  const older = names
    .filter((name) => runId.test(name) && name !== fresh)
    .sort()
    .reverse();
  return older.slice(Math.max(0, keep - 1));
}

/** What runs that died left there half-made. */
export const unfinished = (names: readonly string[]): readonly string[] =>
  names.filter((name) => name.endsWith(partialSuffix) && runId.test(name.slice(0, -partialSuffix.length)));

export const partialSuffix = ".partial";
