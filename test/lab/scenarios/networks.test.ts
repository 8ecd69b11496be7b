import { existsSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { VERSIONS } from "../builds/versions.ts";
import { cachePath } from "../cache.ts";
import { cells } from "../matrix/cells.ts";
import { runCell } from "../matrix/runCell.ts";

/** Cilium takes a quarter of an hour to build: here it is tried only where an earlier build of it lies. `npm run lab:matrix` tries all cells. */
const isBuilt = (component: string, version: string): boolean =>
  existsSync(cachePath("builds")) && readdirSync(cachePath("builds")).some((name) => name.startsWith(`${component}-${version}-`));

const one = [
  "flannel host-gw, nftables",
  "calico, iptables",
  ...(isBuilt("cilium", VERSIONS.ciliumBefore) ? [`cilium ${VERSIONS.ciliumBefore}, none`] : []),
];

test.each(one)("%s: installs, connects every pair, keeps policies, converges, and leaves nothing", async (name) => {
  const cell = cells.find((candidate) => candidate.name === name);
  if (cell === undefined) throw new Error(`the matrix has no cell ${name}`);
  expect(await runCell(cell)).toMatchObject({ pods: "6 of 6", policy: cell.policies ? expect.any(String) : null });
});
