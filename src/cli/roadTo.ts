import { controlPlaneVersionsFact } from "../facts/controlPlaneVersions.ts";
import { nodesFact } from "../facts/kube.ts";
import { controlPlanes } from "../model/cluster.ts";
import { ProvisionError } from "../model/diagnostic.ts";
import { isAtLeast } from "../model/versions.ts";
import { lookAtCluster } from "../run/look.ts";
import { apiPatienceMs, lookPatiently } from "../run/lookPatiently.ts";
import { type Hop, hops } from "../upgrade/hops.ts";
import type { CliIo } from "./cliIo.ts";
import type { Prepared } from "./prepare.ts";

/** The way from what the API servers run, and whether an earlier run has begun it. Throws ProvisionError (exit 3). */
export async function roadTo(
  io: Pick<CliIo, "stderr">,
  { world, cluster, target }: Prepared,
): Promise<{ road: readonly Hop[]; begun: boolean }> {
  const facts = [controlPlaneVersionsFact, nodesFact];
  const first = await lookAtCluster(world.sessions, controlPlanes(cluster), facts);
  if (first.api === "down")
    io.stderr(`no control plane's API server answers: it is given ${apiPatienceMs / 60_000} minutes to come back\n`);
  const { api, kube } = first.api === "down" ? await lookPatiently(world.sessions, controlPlanes(cluster), facts) : first;
  if (kube === null)
    throw refusal(
      "upgrade/no-cluster",
      api === "none" ? "there is no cluster yet" : "no control plane of the cluster answers",
      api === "none"
        ? "provision up makes one"
        : "bring one back first: crictl ps -a and journalctl -u kubelet on a control plane say why",
    );
  const reply = kube.get(controlPlaneVersionsFact.key);
  const versions = [
    ...((reply === undefined ? new Map() : controlPlaneVersionsFact.parse(reply)).get("kube-apiserver")?.values() ?? []),
  ] as string[];
  const [some, ...more] = versions;
  if (some === undefined)
    throw refusal("upgrade/no-version", "the version of the API servers is not to be seen", "are their images tagged with it?");
  const live = more.reduce((lowest, one) => (isAtLeast(one, lowest) ? lowest : one), some);
  const wanted = cluster.kubernetes.version;
  const road = hops(live, wanted, Object.keys(target.catalog.kubernetes));
  if ("hops" in road) {
    const nodes = kube.get(nodesFact.key);
    // All API servers are new and kubelets are not: a backup of now would push out the one of before.
    const kubeletsLag =
      live === wanted &&
      nodes !== undefined &&
      nodesFact.parse(nodes).some(({ status }) => status.nodeInfo.kubeletVersion !== `v${wanted}`);
    return { road: road.hops, begun: kubeletsLag || versions.some((one) => one !== live) };
  }
  if (road.refused === "downgrade")
    throw refusal(
      "upgrade/downgrade",
      `the cluster runs Kubernetes ${live}; ${wanted} is older, and there is no way back in place`,
      "provision restore brings back a backup of the older version",
    );
  throw refusal(
    "upgrade/gap",
    `from ${live} to ${wanted} leads through ${road.minor}, of which the catalog has no version`,
    `minors are never skipped: add one of ${road.minor} to the mirror's catalog`,
  );
}

export const refusal = (code: string, message: string, hint: string): ProvisionError =>
  new ProvisionError([{ severity: "error", code, message, place: {}, hint }], 3);
