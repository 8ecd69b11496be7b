import type { Step } from "../../src/role/step.ts";
import { manifestSteps } from "../cluster/manifestSteps.ts";
import { flannelNodeSteps } from "../flannel/nodeSteps.ts";
import { canalManifest } from "./manifest.ts";

/** flannel's network, Calico's policies, from Calico's release manifest. */
export const canal: readonly Step[] = [...manifestSteps(canalManifest), ...flannelNodeSteps(canalManifest)];
