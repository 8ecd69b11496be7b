import type { Diagnostic } from "../../model/diagnostic.ts";
import { keyProblem, valueProblem } from "./kubeNames.ts";
import { error, type Rule } from "./rule.ts";

/**
 * Keys under kubernetes.io and k8s.io that an administrator may set. Source: kubernetes/website reference/labels-annotations-taints,
 * and the NodeRestriction admission plug-in; what the kubelet sets by itself (hostname, os, arch) is not among them.
 */
const allowed = [
  /^topology\.kubernetes\.io\/(region|zone)$/,
  /^node\.kubernetes\.io\/(?!instance-type$).+/,
  /^node-role\.kubernetes\.io\/.+/,
  /^([a-z0-9.-]+\.)?node-restriction\.kubernetes\.io\/.+/,
];
const reserved = /^([a-z0-9.-]+\.)?(kubernetes|k8s)\.io\//;

/** Labels follow Kubernetes' syntax and stay out of its own namespaces. */
export const labels: Rule = (cluster, places) =>
  cluster.nodes.flatMap((node, index) =>
    Object.entries(node.labels).flatMap(([key, value]): Diagnostic[] => {
      const path = ["nodes", index, "labels", key] as const;
      const place = places.value(path, ["defaults", "labels", key]);
      const what = `label ${JSON.stringify(key)} of ${node.name}`;
      const badKey = keyProblem(key);
      if (badKey !== null) return [error("label", place, `${what}: the key ${badKey}`)];
      if (reserved.test(key) && !allowed.some((one) => one.test(key))) {
        return [
          error(
            "reserved-label",
            place,
            `${what}: Kubernetes keeps this prefix for itself`,
            "use a prefix of your own, such as example.com/",
          ),
        ];
      }
      const badValue = valueProblem(value);
      return badValue === null ? [] : [error("label", place, `${what}: the value ${JSON.stringify(value)} ${badValue}`)];
    }),
  );
