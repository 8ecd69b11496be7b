import { paint } from "../plan/renderPaint.ts";
import { count, printable } from "../plan/renderText.ts";
import type { UpgradePlan } from "../upgrade/upgradePlan.ts";

/** The upgrade in the order in which it happens, for a person. Ends with a newline. */
export function renderUpgrade(upgrade: UpgradePlan, { color }: { readonly color: boolean }): string {
  const { bold, dim } = paint(color);
  const [first, ...later] = upgrade.hops;
  const road = [first?.from, ...upgrade.hops.map(({ to }) => to)].join(" -> ");
  const same = first?.from === first?.to;
  const lines = [
    bold(`Upgrade of ${printable(upgrade.cluster)}: ${same ? `Kubernetes stays ${first?.to}` : `Kubernetes ${road}`}`),
    "  1. back up: etcd, keys, configuration, network objects; brought here and checked",
    `  2. stage on ${count(upgrade.staged.length, "node")}, side by side: programs and images; nothing that runs is touched${names(upgrade.staged)}`,
    `  3. control planes, one at a time, while the others answer: ${upgrade.controlPlanes.join(", ") || "nothing to do"}`,
  ];
  let number = 4;
  for (const { name, nodes, window } of upgrade.groups)
    lines.push(
      `  ${number++}. ${name}, ${window === 1 ? "one at a time" : `${window} at once`}: cordon, drain, swap, check, uncordon: ${nodes.map((node) => node.name).join(", ")}`,
    );
  lines.push(`  ${number}. what is left: cluster DNS, and every check once more`);
  if (later.length > 0)
    lines.push(dim(`  The same again for ${later.map(({ to }) => to).join(", then ")}; each is looked at when it comes.`));
  return `${lines.join("\n")}\n`;
}

const names = (list: readonly string[]): string => (list.length === 0 || list.length > 8 ? "" : `: ${list.join(", ")}`);
