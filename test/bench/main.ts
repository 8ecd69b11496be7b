import { homedir } from "node:os";
import { parseArgs } from "node:util";
import { loadInventory } from "../../src/inventory/loadInventory.ts";
import { formatPlace, ProvisionError } from "../../src/model/diagnostic.ts";
import { benchCommands } from "./commands.ts";
import { table } from "./table.ts";

const say = (line: string) => console.error(line);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { inventory: { type: "string", default: "inventories/lab" }, node: { type: "string" } },
  });
  const { cluster } = await loadInventory(values.inventory, { cwd: process.cwd(), home: homedir() });
  const node = values.node === undefined ? cluster.nodes.at(-1) : cluster.nodes.find((one) => one.name === values.node);
  if (node === undefined) throw new Error(`${cluster.name} has no node ${values.node}`);
  console.log(table(await benchCommands(cluster, node, say)));
}

main().catch((error: unknown) => {
  const lines =
    error instanceof ProvisionError
      ? error.diagnostics.map(
          (each) => `${formatPlace(each.place)} ${each.message}${each.hint === undefined ? "" : `: ${each.hint}`}`,
        )
      : [error instanceof Error ? error.message : String(error)];
  for (const line of lines) say(line);
  process.exitCode = 1;
});
