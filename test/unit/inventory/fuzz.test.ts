import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { readInventory } from "../../../src/inventory/loadInventory.ts";
import { ProvisionError } from "../../../src/model/diagnostic.ts";
import { around } from "./read.ts";

/** mulberry32: the same numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const hostile = [
  "null",
  "[]",
  "{}",
  "-",
  ": ",
  "\n",
  "\t",
  "*db",
  "&x ",
  "<<: ",
  "!!binary x",
  "'",
  '"',
  "1e999",
  ".nan",
  "__proto__: 1",
  "%",
  "|\n",
  "- - -",
  "\u0000",
  "\ud800",
  "? ",
  "999999999999999999999",
  "x".repeat(300),
];
const sample = readFileSync(new URL("../../../inventories/bare-metal/cluster.yaml", import.meta.url), "utf8");

function mutate(text: string, below: (n: number) => number): Buffer {
  let now = text;
  for (let count = 1 + below(4); count > 0; count--) {
    const at = below(now.length);
    const end = Math.min(now.length, at + below(below(4) === 0 ? 200 : 8));
    const insert = [hostile[below(hostile.length)], now.slice(below(now.length)).slice(0, below(60)), ""][below(3)] ?? "";
    now = now.slice(0, at) + insert + now.slice(end);
  }
  const bytes = Buffer.from(now);
  if (below(10) === 0 && bytes.length > 0) bytes[below(bytes.length)] = below(256);
  return bytes;
}

it("whatever is done to an inventory, it loads or says where it is wrong", () => {
  const below = numbers(1);
  let refused = 0;
  for (let run = 0; run < 600; run++) {
    const bytes = mutate(sample, below);
    const lines = bytes.toString().split("\n").length;
    try {
      readInventory(bytes, around);
    } catch (error) {
      if (!(error instanceof ProvisionError))
        throw new Error(`run ${run}: ${String(error)}\n${bytes.toString()}`, { cause: error });
      refused += 1;
      expect(error.exitCode).toBe(3);
      for (const { place, message } of error.diagnostics) {
        expect(place, message).toMatchObject({ file: "cluster.yaml", line: expect.any(Number), column: expect.any(Number) });
        expect(place.line).toBeLessThanOrEqual(lines);
        expect(message.length).toBeLessThan(600);
      }
    }
  }
  expect(refused).toBeGreaterThan(200);
});
