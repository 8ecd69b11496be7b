import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { ClusterSpec } from "../model/cluster.ts";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import { deepFreeze } from "./deepFreeze.ts";
import { explainIssues } from "./explainIssues.ts";
import { findInventory } from "./findInventory.ts";
import { parseYaml } from "./parseYaml.ts";
import { resolveCluster, type Surroundings } from "./resolveCluster.ts";
import { checkRules } from "./rules/index.ts";
import { inventorySchema } from "./schema.ts";

export interface LoadedInventory {
  /** Deep-frozen. */
  readonly cluster: ClusterSpec;
  readonly warnings: readonly Diagnostic[];
}

/** What a command line says in place of the file. */
export interface Instead {
  readonly kubernetesVersion?: string;
}

/**
 * Reads an inventory: `path` is a file, a folder with cluster.yaml, or a name under ./inventories. `cwd` and `home` are absolute.
 * Throws ProvisionError (exit 3) with everything that is wrong, each with file, line and column.
 */
export async function loadInventory(
  path: string,
  where: { readonly cwd: string; readonly home: string },
  instead: Instead = {},
): Promise<LoadedInventory> {
  const { file, shown } = await findInventory(path, where.cwd, where.home);
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new ProvisionError(
      [
        {
          severity: "error",
          code: "inventory/unreadable",
          message: "the inventory cannot be read",
          place: { file: shown },
          seen: error.code ?? error.name,
        },
      ],
      3,
    );
  });
  return readInventory(bytes, { source: shown, folder: dirname(file), home: where.home }, instead);
}

/** The same for bytes at hand; pure. */
export function readInventory(bytes: Uint8Array, around: Surroundings, instead: Instead = {}): LoadedInventory {
  const { data, places } = parseYaml(bytes, around.source);
  const own = replaced(withoutAnchors(data), instead);
  const parsed = inventorySchema.safeParse(own);
  const problems = parsed.success ? [] : explainIssues(parsed.error.issues, own, places);
  // With only unknown fields in the way, the rest still makes a cluster whose rules can be reported in the same go.
  const usable = parsed.success ? parsed : inventorySchema.safeParse(withoutUnknown(own, parsed.error.issues));
  const cluster = usable.success ? resolveCluster(usable.data, around) : null;
  const found = [...problems, ...(cluster === null ? [] : checkRules(cluster, places))];
  if (cluster === null || found.some((one) => one.severity === "error")) throw new ProvisionError(found, 3);
  return { cluster: deepFreeze(cluster), warnings: found };
}

function replaced(data: unknown, { kubernetesVersion }: Instead): unknown {
  if (kubernetesVersion === undefined || typeof data !== "object" || data === null) return data;
  const { kubernetes } = data as { kubernetes?: unknown };
  const section = typeof kubernetes === "object" && kubernetes !== null ? kubernetes : {};
  return { ...data, kubernetes: { ...section, version: kubernetesVersion } };
}

/** Top-level keys that start with x- are a place for YAML anchors. */
function withoutAnchors(data: unknown): unknown {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return data;
  return Object.fromEntries(Object.entries(data).filter(([key]) => !key.startsWith("x-")));
}

function withoutUnknown(
  data: unknown,
  issues: readonly { readonly code: string; readonly path: readonly PropertyKey[]; readonly keys?: readonly string[] }[],
): unknown {
  const copy = structuredClone(data);
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const owner = issue.path.reduce<unknown>((here, step) => (here as Record<PropertyKey, unknown> | undefined)?.[step], copy);
    for (const key of issue.keys ?? []) delete (owner as Record<string, unknown>)[key];
  }
  return copy;
}
