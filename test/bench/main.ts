import { homedir } from "node:os";
import { parseArgs } from "node:util";
import { loadInventory } from "../../src/inventory/loadInventory.ts";
import { formatPlace, ProvisionError } from "../../src/model/diagnostic.ts";
import { Lab } from "../lab/lab.ts";
import { benchCommands } from "./commands.ts";
import { benchFreshCluster } from "./freshCluster.ts";
import { benchPreflight, preflightTable } from "./preflight.ts";
import { table } from "./table.ts";

const say = (line: string) => console.error(line);

/** Without a word: all parts. The commands part needs a lab that is up; the other two bring their own. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      inventory: { type: "string", default: Lab.open("lab").inventoryPath },
      node: { type: "string" },
      rounds: { type: "string", default: "3" },
    },
  });
  const wanted = (part: string): boolean => positionals.length === 0 || positionals.includes(part);
  if (wanted("cluster")) {
    const rounds = await benchFreshCluster(say, Number(values.rounds));
    for (const { up, byHand } of rounds)
      console.log(
        `fresh cluster: ${up.toFixed(1)} s; by hand on prepared machines: ${byHand.toFixed(1)} s; ratio ${(up / byHand).toFixed(2)}`,
      );
    const [up, byHand, again] = (["up", "byHand", "again"] as const).map((key) => median(rounds.map((one) => one[key])));
    console.log(
      `medians of ${rounds.length}: ${up?.toFixed(1)} s, ${byHand?.toFixed(1)} s; ratio ${((up ?? 0) / (byHand ?? 1)).toFixed(2)}`,
    );
    console.log(`up again, nothing to do: ${again?.toFixed(1)} s; ratio to fresh ${((again ?? 0) / (up ?? 1)).toFixed(3)}`);
  }
  if (wanted("preflight")) console.log(preflightTable(await benchPreflight(say)));
  if (!wanted("commands")) return;
  const { cluster } = await loadInventory(values.inventory, { cwd: process.cwd(), home: homedir() });
  const node = values.node === undefined ? cluster.nodes.at(-1) : cluster.nodes.find((one) => one.name === values.node);
  if (node === undefined) throw new Error(`${cluster.name} has no node ${values.node}`);
  console.log(table(await benchCommands(cluster, node, say)));
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

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
