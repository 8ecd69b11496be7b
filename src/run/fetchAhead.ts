import type { Catalog, FileArtifact } from "../artifacts/catalog.ts";
import type { FileCache } from "../artifacts/fileCache.ts";
import { storePath } from "../artifacts/storePath.ts";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import { changesOf, type PlannedStep } from "../plan/plan.ts";

/** The files that these steps will ship to nodes. */
export function filesToShip(steps: readonly PlannedStep[], catalog: Catalog): readonly FileArtifact[] {
  const targets = new Set(steps.flatMap((step) => changesOf(step).map((change) => change.target)));
  return catalog.files.filter((file) => targets.has(storePath(file)));
}

/** Fetches them to this machine and checks them, before anything is changed on a node. Rejects with ProvisionError (exit 3) that tells of all that are missing or wrong. */
export async function fetchAhead(files: readonly FileArtifact[], cache: FileCache): Promise<void> {
  const outcomes = await Promise.allSettled(files.map((file) => cache.ensure(file)));
  const problems = outcomes.flatMap((outcome): readonly Diagnostic[] => {
    if (outcome.status === "fulfilled") return [];
    if (outcome.reason instanceof ProvisionError) return outcome.reason.diagnostics;
    throw outcome.reason;
  });
  if (problems.length > 0) throw new ProvisionError(problems, 3);
}
