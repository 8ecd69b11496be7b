import type { Catalog, FileArtifact } from "../artifacts/catalog.ts";
import { storePath } from "../artifacts/storePath.ts";
import { sh } from "../host/sh.ts";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import { changesOf, type PlannedStep } from "../plan/plan.ts";
import type { Sessions } from "./sessions.ts";
import { lastWords } from "./stepFailure.ts";

/**
 * For nodes that fetch by themselves: each file is read once from the mirror by one of the nodes that need it, and checked, before anything
 * is changed. Nothing is kept. Rejects with ProvisionError (exit 3) that tells of all that are missing or wrong, and with HostError.
 */
export async function checkAhead(steps: readonly PlannedStep[], catalog: Catalog, sessions: Sessions): Promise<void> {
  const outcomes = await Promise.all(
    [...readers(steps, catalog)].map(([file, node]) =>
      sessions.with(node, async (host): Promise<readonly Diagnostic[]> => {
        const fetched = await host.run(sh`curl -fsS --connect-timeout 10 --retry 2 ${file.url} | sha256sum`.text, {
          timeout: 600_000,
        });
        const digest = fetched.stdout.slice(0, 64);
        if (digest === file.sha256) return [];
        const place = { node };
        // curl tells why on standard error; without a word from it the file came whole and is another.
        return fetched.stderr.trim() !== ""
          ? [
              {
                severity: "error",
                code: "artifact/not-fetched",
                message: `the node could not fetch ${file.url}`,
                place,
                seen: lastWords(fetched.stderr),
                hint: "check the mirror from the node, or set artifacts.delivery: controller",
              },
            ]
          : [
              {
                severity: "error",
                code: "artifact/wrong-digest",
                message: `${file.url} is not what the catalog says`,
                place,
                seen: `sha256 ${digest} instead of ${file.sha256}`,
                hint: "do not use it: find out who changed the file, or mend the catalog",
              },
            ];
      }),
    ),
  );
  const problems = outcomes.flat();
  if (problems.length > 0) throw new ProvisionError(problems, 3);
}

/** Each file once, with the node that has the least to read so far out of those that need it. */
function readers(steps: readonly PlannedStep[], catalog: Catalog): ReadonlyMap<FileArtifact, string> {
  const chosen = new Map<FileArtifact, string>();
  const load = new Map<string, number>();
  for (const file of catalog.files) {
    const nodes = steps.flatMap((step) =>
      step.node !== null && changesOf(step).some((change) => change.target === storePath(file)) ? [step.node] : [],
    );
    const [node] = nodes.sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0));
    if (node === undefined) continue;
    chosen.set(file, node);
    load.set(node, (load.get(node) ?? 0) + 1);
  }
  return chosen;
}
