import PQueue from "p-queue";
import type { ClusterSpec } from "../model/cluster.ts";
import type { TurnGroup } from "../upgrade/order.ts";

/** What has just ended, for a person who is asked whether to go on: by itself, and with all of its group. */
export interface Ended {
  readonly node: string;
  readonly group: string;
}

export interface Turns {
  /** One node's turn. False: it failed, and no further one begins. */
  readonly turn: (node: string) => Promise<boolean>;
  readonly pause: ClusterSpec["upgrade"]["pause"];
  /** What has ended, and what comes next. False stops. */
  readonly goOn: (done: string, next: string) => Promise<boolean>;
  /** What this run has done before the turns; null: nothing, so nothing is asked before the first one. */
  readonly before: Ended | null;
  readonly stop: AbortSignal;
}

/** The groups one after the other, the nodes of each side by side as far as its window goes. A turn that has begun ends. */
export async function takeTurns(
  groups: readonly TurnGroup[],
  { turn, pause, goOn, before, stop }: Turns,
): Promise<"done" | "failed" | "interrupted"> {
  let last = before;
  const may = async (at: "node" | "group", next: string): Promise<boolean> =>
    last === null || pause !== `each-${at}` || (!stop.aborted && (await goOn(last[at], next)));
  for (const group of groups) {
    if (!(await may("group", `the turns of ${group.name}`))) return "interrupted";
    const queue = new PQueue({ concurrency: group.window });
    let failed = false;
    let stopped = false;
    const one = async (name: string): Promise<void> => {
      if (failed || stopped) return;
      if (stop.aborted || !(await may("node", `the turn of ${name}`)) || stop.aborted) stopped = true;
      else if (await turn(name)) last = { node: `${name} is back in service`, group: `${group.name} are back in service` };
      else failed = true;
    };
    await Promise.all(group.nodes.map(({ name }) => queue.add(() => one(name))));
    if (failed) return "failed";
    if (stopped) return "interrupted";
  }
  return "done";
}
