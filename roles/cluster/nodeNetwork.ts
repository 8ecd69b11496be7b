import { dict, type KubeObject, list, withPod } from "../../src/role/objects/kubeObject.ts";

/** On each Node while the network of a live cluster is changed: whose agent it has, by its part; "none" in between. */
export const networkLabel = "provision/network";
export const noNetwork = "none";

/** A DaemonSet that keeps off the nodes whose turn has not come; any other object as it is. */
export function offNodesOf(object: KubeObject, parts: readonly string[]): KubeObject {
  if (object.kind !== "DaemonSet") return object;
  return withPod(object, (pod) => {
    const affinity = dict(pod.affinity);
    const node = dict(affinity.nodeAffinity);
    const required = dict(node.requiredDuringSchedulingIgnoredDuringExecution);
    const off = { key: networkLabel, operator: "NotIn", values: [...parts, noNetwork] };
    const terms = list(required.nodeSelectorTerms);
    // Terms are alternatives: each of them must keep off.
    const nodeSelectorTerms = (terms.length === 0 ? [{}] : terms).map((term) => ({
      ...term,
      matchExpressions: [...list(dict(term).matchExpressions), off],
    }));
    const nodeAffinity = { ...node, requiredDuringSchedulingIgnoredDuringExecution: { ...required, nodeSelectorTerms } };
    return { ...pod, affinity: { ...affinity, nodeAffinity } };
  });
}
