import { readInventory } from "../../../src/inventory/loadInventory.ts";
import type { ClusterSpec } from "../../../src/model/cluster.ts";
import { type Diagnostic, formatPlace, ProvisionError } from "../../../src/model/diagnostic.ts";

export const around = { source: "cluster.yaml", folder: "/srv/inventories/rack", home: "/home/ada" };

/** A small inventory that loads; `extra` goes before the nodes, `nodes` replaces them. */
export const inventory = (
  extra = "",
  nodes = "  - {name: cp-1, address: 192.0.2.11, roles: [control-plane]}\n  - {name: w-1, address: 192.0.2.21}",
): string =>
  `apiVersion: provision/v1\nname: rack\nkubernetes: {version: 1.36.4}\n${extra === "" ? "" : `${extra}\n`}nodes:\n${nodes}\n`;

export const read = (text: string | Uint8Array): ClusterSpec => readInventory(Buffer.from(text), around).cluster;

export const line = (one: Diagnostic): string =>
  `${one.severity === "warning" ? "warning: " : ""}${formatPlace(one.place)}: ${one.message}${one.hint === undefined ? "" : ` (${one.hint})`}`;

/** What a user is told, a line each: the errors, or the warnings when it loads. */
export function told(text: string | Uint8Array): readonly string[] {
  try {
    return readInventory(Buffer.from(text), around).warnings.map(line);
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error;
    if (error.exitCode !== 3) throw new Error(`exit code ${error.exitCode}`);
    return error.diagnostics.map(line);
  }
}
