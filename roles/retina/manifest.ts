import { retina, retinaChartName, retinaOf } from "../../src/network/retina.ts";
import { dict, type KubeObject, parseObjects, withContainers, withPod } from "../../src/role/objects/kubeObject.ts";
import { withoutCapability } from "../../src/role/objects/withoutCapability.ts";
import type { Target } from "../../src/role/step.ts";
import type { Manifest } from "../cluster/manifestSteps.ts";
import { retinaGates } from "./gates.ts";
import { retinaValues } from "./values.ts";

const namespace = "kube-system";

export const retinaManifest: Manifest = {
  part: "retina",
  title: "Retina",
  inUse: retina.inUse,
  objects: retinaObjects,
  agent: { namespace, name: "retina-agent", selector: "k8s-app=retina" },
  deployments: (target) =>
    retina.inUse(target.cluster)
      ? retinaObjects(target)
          .filter(({ kind }) => kind === "Deployment")
          .map(({ metadata }) => ({ namespace, name: String(dict(metadata).name) }))
      : [],
  healthy: ({ cluster }) => retinaGates(cluster),
  // It only looks: nothing waits for it, and it waits for all that it looks at.
  after: ["dns/installed", "retina/variant"],
  disrupts: "Retina's agent restarts on this node: its counters begin at zero; nobody's traffic notices",
};

/** What the variant's chart makes of the inventory. Its definitions come with it, which `helm upgrade` would leave as they were. */
export function retinaObjects(target: Target): readonly KubeObject[] {
  const spec = retinaOf(target.cluster);
  const { restrictOomScoreAdj } = target.cluster.containerd;
  const text = target.chart(retinaChartName(spec), spec.version, { name: "retina", namespace, values: retinaValues(spec) });
  return parseObjects(text).map((object) =>
    restrictOomScoreAdj
      ? withPod(object, (pod) => withContainers(pod, (container) => withoutCapability(container, "SYS_RESOURCE")))
      : object,
  );
}
