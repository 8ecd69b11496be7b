import { type KeptObjects, keptObjectsFact } from "../../src/facts/keptObjects.ts";
import { jsonOrNull } from "../../src/model/jsonOrNull.ts";
import { flannelIn } from "../../src/network/flannel.ts";
import { factsIf } from "../../src/role/factsIf.ts";
import { dict } from "../../src/role/objects/kubeObject.ts";
import { clusterStep } from "../../src/role/step.ts";
import { blocked, ok, type Reason } from "../../src/role/verdict.ts";

const reset = "`provision reset` and `provision up` make the cluster anew with it; set it back to go on with the rest";

/** Of two nodes with different answers neither would reach the other, and pods have their addresses for life. */
export const flannelStays = clusterStep({
  id: "flannel/stays",
  summary: "what a live flannel network cannot change is as it was",
  kube: ({ cluster }) =>
    factsIf(flannelIn(cluster) !== null, { flannel: keptObjectsFact("flannel"), canal: keptObjectsFact("canal") }),
  check: ({ kube, cluster }) => {
    const wanted = flannelIn(cluster);
    if (wanted === null) return ok;
    const live = netConfOf(kube?.canal ?? null) ?? netConfOf(kube?.flannel ?? null);
    if (live === null) return ok;
    const reasons: Reason[] = [];
    if (live.backend !== wanted.backend)
      reasons.push({
        code: "flannel/backend",
        message: `the cluster's flannel runs ${live.backend}, the inventory asks for ${wanted.backend}: flannel's back-end does not change on a live network`,
        hint: `set network.cni.backend: ${live.backend}, or ${reset}`,
      });
    if (live.network !== cluster.network.pods)
      reasons.push({
        code: "flannel/pods",
        message: `the cluster's pods have addresses of ${live.network}, the inventory says ${cluster.network.pods}: pods' addresses do not change on a live network`,
        hint: `set network.pods: ${live.network}, or ${reset}`,
      });
    return reasons.length === 0 ? ok : blocked(...reasons);
  },
  apply: () => [],
});

/** net-conf.json of what was applied last. */
function netConfOf(kept: KeptObjects | null): { readonly network: string; readonly backend: string } | null {
  for (const { kind, data } of kept?.current ?? []) {
    const text = kind === "ConfigMap" ? dict(data)["net-conf.json"] : undefined;
    if (typeof text !== "string") continue;
    const conf = dict(jsonOrNull(text));
    return { network: String(conf.Network), backend: String(dict(conf.Backend).Type) };
  }
  return null;
}
