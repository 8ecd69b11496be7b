import { afterAll, describe, expect, test } from "vitest";
import { EXPLAINED } from "../explained.ts";
import { Scenario } from "../scenarios/scenario.ts";
import { differences, type Snapshot, takeSnapshot } from "../snapshot.ts";
import { type Cell, cells, inCell } from "./cells.ts";

/** Each network with each of kube-proxy's modes it goes with. PROVISION_CELLS: only those whose name holds this text. */
const wanted = cells.filter(({ name }) => name.includes(process.env.PROVISION_CELLS ?? ""));
const rows: string[] = [];
const row = (...columns: readonly string[]): number =>
  rows.push(columns.map((column, index) => column.padEnd([24, 10, 14, 14, 10, 22, 9, 9][index] ?? 0)).join(""));

afterAll(() => {
  process.stdout.write(`${rows.join("\n")}\n`);
});
row("cell", "install", "pod to pod", "ClusterIP", "DNS", "policy deny/allow", "again", "reset");

describe.each(wanted)("$name", (cell: Cell) => {
  test("installs, connects every pair, keeps policies, converges, and leaves nothing", async () => {
    const it = await Scenario.open("cell", { controlPlanes: 1, workers: 2 }, undefined, cell.networks);
    try {
      it.inventory(inCell(cell));
      const look = (): Promise<readonly Snapshot[]> => Promise.all(it.lab.nodes.map(({ name }) => takeSnapshot(it.lab, name)));
      const before = await look();
      const begun = performance.now();
      await it.expectRun(0, ["up", "--yes"]);
      const seconds = Math.round((performance.now() - begun) / 1000);
      expect((await it.expectRun(0, ["up", "--yes"])).stdout).toContain("Nothing to do");

      const { stdout } = await it.expectRun(0, ["verify", "--connectivity"]);
      const of = (what: string): string => new RegExp(`^${what} +(\\d+ of \\d+)`, "m").exec(stdout)?.[1] ?? "nothing";
      expect([of("pod to pod"), of("ClusterIP"), of("DNS")]).toEqual(["6 of 6", "3 of 3", "3 of 3"]);
      const policy = /^policies +denied after ([\d.]+ s), allowed after ([\d.]+ s)$/m.exec(stdout);
      expect(policy !== null).toBe(cell.policies);

      await it.expectRun(0, ["reset", "--confirm", "cell"]);
      const left = (await look()).flatMap((after, index) => differences(before[index] as Snapshot, after, EXPLAINED));
      expect(left).toEqual([]);
      const told = policy === null ? "not kept" : `${policy[1]} / ${policy[2]}`;
      row(cell.name, `${seconds} s`, of("pod to pod"), of("ClusterIP"), of("DNS"), told, "nothing", "clean");
    } finally {
      await it.close();
    }
  });
});
