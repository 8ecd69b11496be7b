import { expect } from "vitest";
import { EXPLAINED } from "../explained.ts";
import { Scenario } from "../scenarios/scenario.ts";
import { differences, type Snapshot, takeSnapshot } from "../snapshot.ts";
import { type Cell, inCell } from "./cells.ts";

/** What was seen of one cell, for a table. */
export interface CellSeen {
  readonly installSeconds: number;
  /** "6 of 6". */
  readonly pods: string;
  readonly service: string;
  readonly dns: string;
  /** "0.4 s / 0.3 s": until denied, until allowed; null: the network keeps no policies. */
  readonly policy: string | null;
}

/** Installs, asks every pair, verifies, converges, resets; fails the test where one of it is not so. A lab of its own comes and goes. */
export async function runCell(cell: Cell): Promise<CellSeen> {
  const it = await Scenario.open("cell", { controlPlanes: 1, workers: 2 }, undefined, cell.networks);
  try {
    it.inventory(inCell(cell));
    const look = (): Promise<readonly Snapshot[]> => Promise.all(it.lab.nodes.map(({ name }) => takeSnapshot(it.lab, name)));
    const before = await look();
    const begun = performance.now();
    await it.expectRun(0, ["up", "--yes"]);
    const installSeconds = Math.round((performance.now() - begun) / 1000);
    expect((await it.expectRun(0, ["up", "--yes"])).stdout).toContain("Nothing to do");

    const { stdout } = await it.expectRun(0, ["verify", "--connectivity"]);
    const of = (what: string): string => new RegExp(`^${what} +(\\d+ of \\d+)`, "m").exec(stdout)?.[1] ?? "nothing";
    const [pods, service, dns] = [of("pod to pod"), of("ClusterIP"), of("DNS")];
    expect([pods, service, dns]).toEqual(["6 of 6", "3 of 3", "3 of 3"]);
    const policy = /^policies +denied after ([\d.]+ s), allowed after ([\d.]+ s)$/m.exec(stdout);
    expect(policy !== null).toBe(cell.policies);

    await it.expectRun(0, ["reset", "--confirm", "cell"]);
    const left = (await look()).flatMap((after, index) => differences(before[index] as Snapshot, after, EXPLAINED));
    expect(left).toEqual([]);
    return { installSeconds, pods, service, dns, policy: policy === null ? null : `${policy[1]} / ${policy[2]}` };
  } finally {
    await it.close();
  }
}
