import { restoredMark, traces } from "../backup/restoreScripts.ts";
import { readFacts } from "../facts/fact.ts";
import { existsFact, fileFact } from "../facts/files.ts";
import { hostFacts } from "../facts/hostFacts.ts";
import { controlPlanes, type NodeSpec } from "../model/cluster.ts";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import { lookAtCluster, lookAtHost, nodeDiagnostic } from "./look.ts";
import type { World } from "./world.ts";

export interface FoundPlanes {
  /** The control plane whose API answers; null: none does. */
  readonly answering: NodeSpec | null;
  /** Machines on which something of a cluster stands. */
  readonly used: readonly NodeSpec[];
  /** Id of the backup whose restore got as far as etcd's data on the first control plane; "" when none did. */
  readonly restoredFrom: string;
}

const facts = { host: hostFacts, traces: existsFact(traces), mark: fileFact(restoredMark, true) };

/** What stands on the inventory's control planes. Throws ProvisionError (exit 3) when one cannot be reached or belongs to another cluster. */
export async function lookAtPlanes(world: World): Promise<FoundPlanes> {
  const planes = controlPlanes(world.cluster);
  const problems: Diagnostic[] = [];
  const found = await Promise.all(
    planes.map(async (plane) => {
      try {
        const replies = await world.sessions.with(plane.name, (host) => lookAtHost(host, Object.values(facts)));
        const { host, traces: seen, mark } = readFacts(facts, replies);
        if (host.claimedBy !== "" && host.claimedBy !== world.cluster.name)
          problems.push({
            severity: "error",
            code: "os/other-cluster",
            message: `the machine belongs to cluster ${host.claimedBy}`,
            place: { node: plane.name },
          });
        if (host.claimedBy === "" && seen.size > 0)
          problems.push({
            severity: "error",
            code: "restore/not-ours",
            message: "something of a cluster stands on this machine, and nothing says that it is of this one",
            place: { node: plane.name },
            seen: [...seen].join(", "),
            hint: "a restore empties only machines that provision marked as this cluster's; take it off by hand, if nobody needs it",
          });
        return { plane, used: seen.size > 0, mark: mark.kind === "file" ? (mark.content ?? "").trim() : "" };
      } catch (error) {
        problems.push(nodeDiagnostic(plane.name, error));
        return null;
      }
    }),
  );
  if (problems.length > 0) throw new ProvisionError(problems, 3);
  const { through } = await lookAtCluster(world.sessions, planes, []);
  return {
    answering: through,
    used: found.flatMap((one) => (one?.used ? [one.plane] : [])),
    restoredFrom: found[0]?.mark ?? "",
  };
}
