import { printable } from "../plan/renderText.ts";
import { duration } from "./duration.ts";
import type { Progress } from "./progress.ts";
import { timeLeft } from "./timeLeft.ts";
import type { NodeTurn, Sample, Turns } from "./turns.ts";

/** What the whole upgrade is at: the wave, how much of it is done, and how long the rest may take. */
export function upgradeTitle(progress: Progress, turns: Turns, earlier: readonly Sample[], now: number): string {
  const left = timeLeft(turns, earlier, now);
  const later = turns.begin?.later ?? 0;
  const until = left === null ? "" : `about ${roughly(left)} left${later > 0 ? " of this version" : ""}`;
  return [`${printable(progress.verb)} ${printable(progress.cluster)}`, wave(turns), progress.ended === null ? until : ""]
    .filter((part) => part !== "")
    .join("  ");
}

function wave(turns: Turns): string {
  const { begin } = turns;
  if (begin === null) return "";
  const groups = begin.groups.map((group) => {
    const done = group.nodes.filter((node) => turns.of(node).state === "done").length;
    return { ...group, done, begun: group.nodes.some((node) => turns.of(node).state !== "ahead") };
  });
  const at = [...groups].reverse().find(({ begun }) => begun);
  if (at !== undefined) {
    const window = at.window > 1 ? `, ${at.window} at once` : "";
    return `${at.name}${window}: ${at.done} of ${at.nodes.length} back in service`;
  }
  if (turns.preparing) return "before the first disruption";
  return `API servers: ${turns.replaced.size} of ${begin.controlPlanes.length} replaced`;
}

/** "w-2  draining  12s": where a node is. `ended`: the last word on it. */
export function turnTitle(turn: NodeTurn, turns: Turns, now: number): string {
  const name = printable(turn.node);
  const spent = turn.began === null ? "" : `  ${duration(((turn.ended ?? now) - turn.began) / 1000)}`;
  if (turn.state === "done") return `${name}  back in service after${spent.replace(/^ /, "")}`;
  if (turn.phase !== null) return `${name}  ${turn.phase}${spent}`;
  if (turn.state === "failed") return `${name}  failed${spent}`;
  const group = turns.begin?.groups.find(({ nodes }) => nodes.includes(turn.node));
  if (group === undefined) return name;
  const before = group.nodes.slice(0, group.nodes.indexOf(turn.node)).filter((node) => turns.of(node).state !== "done").length;
  const queue = before === 0 ? "" : `, ${before} of ${group.name} before it`;
  return `${name}  ${turns.preparing ? "" : "staged, "}waiting for its turn${queue}`;
}

/** A guess is told as coarse as it is: in steps of 10 s, from two minutes on in minutes. */
function roughly(seconds: number): string {
  if (seconds < 120) return `${Math.max(10, Math.ceil(seconds / 10) * 10)}s`;
  return duration(Math.ceil(seconds / 60) * 60).replace("m00s", "m");
}
