import { expect, test } from "vitest";
import { EXPLAINED } from "../explained.ts";
import { Scenario } from "../scenarios/scenario.ts";
import { differences, type Snapshot, takeSnapshot } from "../snapshot.ts";
import { cells, inCell } from "./cells.ts";
import { MultusPods, withMultus } from "./multusPods.ts";

/** Multus beside each of the other networks; and once from hardened images. PROVISION_CELLS: only those whose name holds this text. */
const beside = [
  { name: "calico, iptables", hardened: false },
  { name: "cilium 1.18.5, nftables", hardened: false },
  { name: "flannel, nftables", hardened: true },
].filter(({ name }) => name.includes(process.env.PROVISION_CELLS ?? ""));

test.each(beside)(
  "$name, hardened: $hardened: every pod may have a second interface, and reset leaves nothing",
  async ({ name, hardened }) => {
    const cell = cells.find((candidate) => candidate.name === name);
    if (cell === undefined) throw new Error(`the matrix has no cell ${name}`);
    const it = await Scenario.open("multus", { controlPlanes: 1, workers: 1 }, undefined, [...cell.networks, "multus"]);
    try {
      const look = (): Promise<readonly Snapshot[]> => Promise.all(it.lab.nodes.map((node) => takeSnapshot(it.lab, node.name)));
      const before = await look();
      // Multus comes to a network that was there alone.
      it.inventory(inCell(cell));
      await it.expectRun(0, ["up", "--yes"]);
      it.inventory((inventory) => {
        inCell(cell)(inventory);
        withMultus(it, { version: "4.2.3" })(inventory);
        if (hardened) inventory.images = { profile: "hardened" };
      });
      await it.expectRun(0, ["up", "--yes"]);
      expect((await it.expectRun(0, ["up", "--yes"])).stdout).toContain("Nothing to do");
      const { stdout } = await it.expectRun(0, ["verify", "--connectivity"]);
      console.log(stdout);
      expect(stdout).toMatch(/^pod to pod +2 of 2/m);
      const image = await it.kubectl("-n kube-system get pods -l name=multus -o jsonpath='{.items[*].spec.containers[0].image}'");
      console.log(image);
      expect(image.split(" ").every((one) => one.includes("hardened-multus-thick") === hardened)).toBe(true);

      const pods = new MultusPods(it);
      await pods.start();
      await pods.expectFresh();
      await pods.expectUnmoved();
      console.log(`${name}: ${JSON.stringify(await pods.since())}`);

      await it.expectRun(0, ["reset", "--confirm", "multus"]);
      expect((await look()).flatMap((after, index) => differences(before[index] as Snapshot, after, EXPLAINED))).toEqual([]);
    } finally {
      await it.close();
    }
  },
);
