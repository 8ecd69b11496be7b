import { HostError } from "../host/host.ts";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import { deepHelper } from "../preflight/deepHelper.ts";
import { fetchAhead } from "../run/fetchAhead.ts";
import { ship } from "../run/ship.ts";
import { StepFailure } from "../run/stepFailure.ts";
import type { Bring } from "./preflightLook.ts";
import type { Prepared } from "./prepare.ts";

/**
 * --deep: brings the helper to a machine for the time of its look. Rejects with ProvisionError (exit 3) when the catalog has none, or it cannot
 * be fetched. A machine that cannot take it is looked at without, and a warning says so.
 */
export async function deepLook({ cluster, target, cache }: Prepared): Promise<Bring> {
  const { found, missing } = deepHelper(target.catalog, "linux/amd64");
  if (found === undefined) throw new ProvisionError([missing], 3);
  const by = cluster.artifacts.from === "mirror" ? cluster.artifacts.delivery : "controller";
  if (by === "controller") await fetchAhead([found.file], cache);
  return {
    takeAway: found.remove,
    async to(host, plain) {
      try {
        await ship(host, found.file, found.folder, { cache, by });
        return { target: { ...plain, deep: found.program }, warning: null };
      } catch (error) {
        const given = error instanceof StepFailure || (error instanceof HostError && !error.transient);
        if (!given) throw error;
        return { target: plain, warning: notBrought(plain.node.name, error) };
      }
    },
  };
}

function notBrought(node: string, { message, seen, hint }: StepFailure | HostError): Diagnostic {
  return {
    severity: "warning",
    code: "preflight/deep-helper",
    message: `looked at without the helper that --deep brings: ${message}`,
    place: { node },
    ...(seen === undefined ? {} : { seen }),
    ...(hint === undefined ? {} : { hint }),
  };
}
