import { isDeepStrictEqual } from "node:util";
import { keptObjectsFact } from "../../src/facts/keptObjects.ts";
import { retina as part, retinaOf } from "../../src/network/retina.ts";
import { dict, type KubeObject } from "../../src/role/objects/kubeObject.ts";
import { clusterStep } from "../../src/role/step.ts";
import { blocked, ok } from "../../src/role/verdict.ts";
import { retinaObjects } from "./manifest.ts";

const selectorOf = (objects: readonly KubeObject[]): unknown =>
  dict(objects.find(({ kind, metadata }) => kind === "DaemonSet" && dict(metadata).name === "retina-agent")?.spec).selector;

/** The variants' charts select their pods by other labels and bind other roles by one name: the API changes neither in place. */
export const variant = clusterStep({
  id: "retina/variant",
  summary: "Retina is of the variant that it was installed as",
  after: [{ step: "control-plane/up", on: "first-control-plane" }],
  kube: () => ({ kept: keptObjectsFact("retina") }),
  check: ({ kube, ...target }) => {
    const live = selectorOf(kube?.kept?.current ?? []);
    if (!part.inUse(target.cluster) || live === undefined) return ok;
    if (isDeepStrictEqual(live, selectorOf(retinaObjects(target)))) return ok;
    const wanted = retinaOf(target.cluster).variant;
    return blocked({
      code: "retina/variant",
      message: `Retina runs as another variant than ${wanted}, and that does not change in place`,
      seen: `DaemonSet kube-system/retina-agent selects ${JSON.stringify(live)}`,
      hint: `take observability.retina out and run provision up, then put it back with variant: ${wanted}; it only looks, so nobody misses it in between`,
    });
  },
  apply: () => [],
});
