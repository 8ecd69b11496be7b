import { keptObjectsFact } from "../../src/facts/keptObjects.ts";
import { multus, multusOf } from "../../src/network/multus.ts";
import { factsIf } from "../../src/role/factsIf.ts";
import { nameOf } from "../../src/role/objects/kubeObject.ts";
import { clusterStep } from "../../src/role/step.ts";
import { blocked, ok } from "../../src/role/verdict.ts";

/** Thick and thin differ in what they leave with every pod's sandbox and on every node: no release says how one becomes the other. */
export const kind = clusterStep({
  id: "multus/kind",
  summary: "Multus stays of its kind",
  after: [{ step: "control-plane/up", on: "first-control-plane" }],
  kube: ({ cluster }) => factsIf(multus.inUse(cluster), { kept: keptObjectsFact("multus") }),
  check: ({ kube, cluster }) => {
    const objects = kube?.kept?.current ?? [];
    if (!multus.inUse(cluster) || objects.length === 0) return ok;
    const spec = multusOf(cluster);
    const live = objects.some((one) => nameOf(one) === "ConfigMap kube-system/multus-daemon-config") ? "thick" : "thin";
    if (live === spec.kind || spec.reinstall) return ok;
    return blocked({
      code: "multus/kind",
      message: `${live} Multus is installed and network.multus.kind is ${spec.kind}, which is another installation`,
      seen: `${live} -> ${spec.kind}`,
      hint: `set network.multus.kind: ${live}; or network.multus.reinstall: true, which replaces it node by node: pods with more interfaces keep them, and should be made anew afterwards`,
    });
  },
  apply: () => [],
});
