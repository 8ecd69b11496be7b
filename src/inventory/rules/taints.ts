import type { Diagnostic } from "../../model/diagnostic.ts";
import { keyProblem, valueProblem } from "./kubeNames.ts";
import { error, type Rule } from "./rule.ts";

/** Taints follow Kubernetes' syntax, and a key has an effect once. */
export const taints: Rule = (cluster, places) =>
  cluster.nodes.flatMap((node, index) =>
    node.taints.flatMap((taint, position): Diagnostic[] => {
      const place = places.value(["nodes", index, "taints", position], ["defaults", "taints", position]);
      const what = `taint ${JSON.stringify(taint.key)} of ${node.name}`;
      const badKey = keyProblem(taint.key);
      if (badKey !== null) return [error("taint", place, `${what}: the key ${badKey}`)];
      const badValue = valueProblem(taint.value);
      if (badValue !== null) return [error("taint", place, `${what}: the value ${JSON.stringify(taint.value)} ${badValue}`)];
      const first = node.taints.findIndex((other) => other.key === taint.key && other.effect === taint.effect);
      return first === position
        ? []
        : [error("taint", place, `${what}: ${taint.effect} stands twice`, "a key has each effect once")];
    }),
  );
