import { controlPlaneVersionsFact } from "../facts/controlPlaneVersions.ts";
import { FactError, type FactReplies, readFacts } from "../facts/fact.ts";
import { type Kept, keptFact, type ServersSeen, serversSeenFact } from "../facts/kept.ts";
import { configMapFact, nodesFact } from "../facts/kube.ts";
import { controlPlanes, isControlPlane } from "../model/cluster.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { RollbackFacts } from "../upgrade/rollback.ts";
import { lookAtCluster, lookAtHost, nodeDiagnostic } from "./look.ts";
import type { World } from "./world.ts";

/** What is kept on every machine, and what decides whether it may be put back. Changes nothing. */
export async function lookAtRollbacks({
  cluster,
  sessions,
}: World): Promise<{ facts: RollbackFacts; diagnostics: readonly Diagnostic[] }> {
  const kept = new Map<string, readonly Kept[]>();
  const seen = new Map<string, ServersSeen>();
  const diagnostics: Diagnostic[] = [];
  const ofPlane = { kept: keptFact, seen: serversSeenFact };
  const [{ kube }] = await Promise.all([
    lookAtCluster(sessions, controlPlanes(cluster), Object.values(kubeFacts)),
    ...cluster.nodes.map(async (node) => {
      try {
        const spec = isControlPlane(node) ? ofPlane : { kept: keptFact };
        const replies = await sessions.with(node.name, (host) => lookAtHost(host, Object.values(spec)));
        kept.set(node.name, readFacts({ kept: keptFact }, replies).kept);
        if (isControlPlane(node)) seen.set(node.name, readFacts(ofPlane, replies).seen);
      } catch (error) {
        diagnostics.push(nodeDiagnostic(node.name, error));
      }
    }),
  ]);
  return { facts: { kept, seen, live: kube === null ? null : liveOf(kube, diagnostics) }, diagnostics };
}

/** An API that answers in part counts as one that does not: what is not known must not open a way. */
function liveOf(kube: FactReplies, diagnostics: Diagnostic[]): RollbackFacts["live"] {
  try {
    const { nodes, planes, kubeadm } = readFacts(kubeFacts, kube);
    return {
      kubelets: new Map(nodes.map(({ metadata, status }) => [metadata.name, status.nodeInfo.kubeletVersion.replace(/^v/, "")])),
      apiServers: planes.get("kube-apiserver") ?? new Map(),
      noted: /^kubernetesVersion: v?(.+)$/m.exec(kubeadm?.ClusterConfiguration ?? "")?.[1] ?? "",
    };
  } catch (error) {
    if (!(error instanceof FactError)) throw error;
    diagnostics.push({ severity: "error", code: "facts/not-understood", message: error.message, place: {}, seen: error.seen });
    return null;
  }
}

const kubeFacts = { nodes: nodesFact, planes: controlPlaneVersionsFact, kubeadm: configMapFact("kubeadm-config") };
