import { controlPlanes, type NodeSpec } from "../model/cluster.ts";
import { etcdHealthy, shortOf, workloadsWhole } from "../upgrade/gates.ts";
import { apiServerServes, runsManifest, staticPodsReady } from "../upgrade/planeGates.ts";
import type { Rollback } from "../upgrade/rollback.ts";
import { attempt } from "./attempt.ts";
import { uncordon } from "./cordon.ts";
import { emptyNode } from "./emptyNode.ts";
import { inService, liveWorkloads, waitOn, waitOnAll } from "./inService.ts";
import type { TurnContext } from "./nodeTurn.ts";
import { forgetSaved, restoreNode } from "./savedNode.ts";
import { preparePodsBack, putPodsBack } from "./savedPods.ts";

/** Puts back what was kept, with gates after. True when done; what failed was told, and a node that missed its gates stays cordoned. */
export const rollBack = ({ node, kept }: Rollback, context: TurnContext): Promise<boolean> =>
  kept.kind === "node" ? nodeBack(node, kept, context) : podsBack(node, kept, context);

async function nodeBack(node: NodeSpec, { before, until }: Rollback["kept"], context: TurnContext): Promise<boolean> {
  const { world, emit } = context;
  const at = (step: string) => ({ step: `rollback/${step}`, node: node.name });
  const short = shortOf(await liveWorkloads(world));
  if (!(await emptyNode(node, "rollback", context))) return false;
  const back = await attempt(emit, at("put-back"), async () => {
    emit({ type: "action", ...at("put-back"), summary: `put back what the node ran under ${before}, and check it` });
    await restoreNode(world, node.name, until);
    await waitOnAll(inService(node, before, context), at("put-back"), context);
  });
  if (!back) {
    emit({ type: "note", message: `${node.name} stays cordoned; provision upgrade leads it forward again` });
    return false;
  }
  return attempt(emit, at("uncordon"), async () => {
    await uncordon(world, node.name);
    await forgetSaved(world, node.name, "node", until);
    await waitOn(workloadsWhole(short), at("uncordon"), context);
  });
}

/** etcd first, and healthy, before what works on it; then the API server and those that talk to it. */
function podsBack(node: NodeSpec, { before, until }: Rollback["kept"], context: TurnContext): Promise<boolean> {
  const { world, target, emit } = context;
  const place = { step: "rollback/static-pods", node: node.name };
  const healthy = etcdHealthy(controlPlanes(target.cluster).length);
  return attempt(emit, place, async () => {
    await preparePodsBack(world, node.name, until);
    emit({ type: "action", ...place, summary: "put back etcd's manifest" });
    await putPodsBack(world, node.name, ["etcd"]);
    await waitOn(runsManifest(node, "etcd"), place, context);
    await waitOn(healthy, place, context);
    emit({ type: "action", ...place, summary: `put back the manifests of ${before}` });
    const others = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;
    await putPodsBack(world, node.name, others);
    await Promise.all(others.map((name) => waitOn(runsManifest(node, name), place, context)));
    await waitOn(apiServerServes(node, before), place, context);
    await Promise.all([healthy, staticPodsReady(node)].map((condition) => waitOn(condition, place, context)));
    await forgetSaved(world, node.name, "pods", until);
  });
}
