import { stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import { ProvisionError } from "../model/diagnostic.ts";

const fileName = "cluster.yaml";

export interface FoundInventory {
  /** Absolute. */
  readonly file: string;
  /** As messages name it: relative to the working folder when it is inside. */
  readonly shown: string;
}

/** Finds the file for what a user typed: a file, a folder with cluster.yaml, or the name of a folder under ./inventories. */
export async function findInventory(path: string, cwd: string, home: string): Promise<FoundInventory> {
  const typed = path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path;
  const direct = resolve(cwd, typed);
  const candidates = [direct, join(direct, fileName)];
  if (/^[^/\\]+$/.test(path) && path !== "." && path !== "..") candidates.push(resolve(cwd, "inventories", path, fileName));
  for (const file of candidates) if (await isFile(file)) return { file, shown: show(file, cwd) };
  const looked = candidates.map((file) => show(file, cwd)).join(", ");
  throw new ProvisionError(
    [
      {
        severity: "error",
        code: "inventory/not-found",
        message: `no inventory at ${JSON.stringify(path)}`,
        place: { file: show(direct, cwd) },
        seen: `looked for ${looked}`,
        hint: "give a file, a folder that holds cluster.yaml, or a name under ./inventories; `provision init` writes a new one",
      },
    ],
    3,
  );
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ?? false;
}

function show(file: string, cwd: string): string {
  const inside = relative(cwd, file);
  return inside === "" || inside.startsWith("..") || isAbsolute(inside) ? file : inside;
}
