import { afterAll, test } from "vitest";
import { cells } from "./cells.ts";
import { runCell } from "./runCell.ts";

/** Each network with each of kube-proxy's modes it goes with. PROVISION_CELLS: only those whose name holds this text. */
const wanted = cells.filter(({ name }) => name.includes(process.env.PROVISION_CELLS ?? ""));
const widths = [27, 9, 12, 11, 9, 16, 15, 7];
const row = (...columns: readonly string[]): string => columns.map((text, index) => text.padEnd(widths[index] ?? 0)).join("");
const rows = [row("cell", "install", "pod to pod", "ClusterIP", "DNS", "deny / allow", "up again", "reset")];

afterAll(() => {
  process.stdout.write(`${rows.join("\n")}\n`);
});

test.each(wanted)("$name: installs, connects every pair, keeps policies, converges, and leaves nothing", async (cell) => {
  const seen = await runCell(cell);
  const policy = seen.policy ?? "not kept";
  rows.push(row(cell.name, `${seen.installSeconds} s`, seen.pods, seen.service, seen.dns, policy, "nothing to do", "clean"));
});
