import { nodesFact } from "../../facts/kube.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { compareMinors, findKubernetesMinor, isAtLeast, isVersion, minorOf } from "../../model/versions.ts";
import { refusal, refuse, warn } from "./refusal.ts";

const releases = "https://github.com/containerd/containerd/blob/main/RELEASES.md";

/** The container runtime of the nodes and of the target. */
export const runtime = refusal({
  name: "runtime",
  kube: () => ({ nodes: nodesFact }),
  judge: ({ hop, cluster, kube, draining }): readonly Diagnostic[] => {
    const wanted = cluster.containerd.version;
    return [
      ...pair(hop.to, wanted),
      ...kube.nodes
        .filter(({ metadata }) => draining.has(metadata.name))
        .flatMap(({ metadata: { name }, status }) => ofNode(name, status.nodeInfo.containerRuntimeVersion, wanted)),
    ];
  },
});

function pair(kubernetes: string, containerd: string): readonly Diagnostic[] {
  const row = findKubernetesMinor(kubernetes);
  if (row === null) return [];
  const known = row.containerd.find(({ series }) => series === minorOf(containerd));
  if (known !== undefined && isAtLeast(containerd, known.first)) return [];
  const newest = row.containerd[0]?.series ?? "";
  if (known === undefined && compareMinors(minorOf(containerd), newest) > 0) return []; // untested: the inventory's own rule warns
  const good = row.containerd.map(({ series, first }) => `${first} or newer ${series}`).join(", ");
  return [
    refuse("containerd", {
      message: `containerd ${containerd} does not serve Kubernetes ${kubernetes}`,
      hint: `set containerd.version: Kubernetes ${row.minor} goes with ${good} (${releases})`,
    }),
  ];
}

function ofNode(node: string, runs: string, wanted: string): readonly Diagnostic[] {
  const version = /^containerd:\/\/v?(\d+\.\d+\.\d+)/.exec(runs)?.[1];
  if (version === undefined || !isVersion(version))
    return [
      refuse("runtime", {
        node,
        message: "its container runtime is not containerd, the only one this program upgrades",
        seen: runs,
        hint: "take the node out of the inventory, or out of the cluster and in again with provision up",
      }),
    ];
  if (compareMinors(minorOf(version), minorOf(wanted)) <= 0) return [];
  return [
    warn("containerd-back", {
      node,
      message: `containerd goes back from ${version} to ${wanted}`,
      hint: `set containerd.version: ${version} to keep what runs; containerd promises upgrades, not ways back (${releases})`,
    }),
  ];
}
