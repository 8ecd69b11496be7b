import { partOf, type Sample, type Turns } from "./turns.ts";

/**
 * Seconds until the hop is done, or null while a part that is still to come has never been measured. What this run has measured counts
 * before what earlier runs of this cluster did. `now`: milliseconds since the epoch.
 */
export function timeLeft(turns: Turns, earlier: readonly Sample[], now: number): number | null {
  const { begin } = turns;
  if (begin === null) return null;
  const usual = (part: Sample["part"]): number =>
    median(turns.samples.filter((one) => one.part === part)) ?? median(earlier.filter((one) => one.part === part)) ?? Number.NaN;
  const rest = (part: Sample["part"], since: number): number => Math.max(0, usual(part) - (now - since) / 1000);

  let seconds = turns.preparing ? rest("preparing", turns.since) : 0;
  const planes = begin.controlPlanes.filter((node) => !turns.replaced.has(node)).length;
  const atWork = turns.replacing === null ? 0 : 1;
  if (turns.replacing !== null) seconds += rest("static pods", turns.replacing);
  if (planes > atWork) seconds += (planes - atWork) * usual("static pods");
  for (const { name, nodes, window } of begin.groups) {
    const part = partOf(name);
    const own = nodes.map((node) => turns.of(node));
    const open = own.filter(({ state }) => state === "turn").map(({ began }) => rest(part, began ?? now));
    const ahead = own.filter(({ state }) => state === "ahead").length;
    if (open.length + ahead === 0) continue;
    const work = open.reduce((sum, one) => sum + one, 0) + (ahead === 0 ? 0 : ahead * usual(part));
    seconds += Math.max(work / Math.min(window, open.length + ahead), ...open);
  }
  const finishing = usual("finishing");
  if (!Number.isNaN(finishing)) seconds += finishing;
  return Number.isNaN(seconds) ? null : seconds;
}

function median(samples: readonly Sample[]): number | null {
  const sorted = samples.map(({ seconds }) => seconds).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
