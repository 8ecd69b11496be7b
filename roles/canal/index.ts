import { nodeStep, type Step } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";
import { manifestSteps } from "../cluster/manifestSteps.ts";
import { flannelNodeSteps } from "../flannel/nodeSteps.ts";
import { canalManifest, felixHealthy } from "./manifest.ts";

/** flannel's network, Calico's policies, from Calico's release manifest. */
export const canal: readonly Step[] = [
  ...manifestSteps(canalManifest),
  ...flannelNodeSteps(canalManifest),
  nodeStep({
    id: "canal/felix",
    summary: "Felix keeps the node's policies",
    after: ["canal/pod"],
    when: (_node, cluster) => canalManifest.inUse(cluster),
    facts: () => ({}),
    check: () => ok,
    apply: () => [],
    verify: () => felixHealthy,
  }),
];
