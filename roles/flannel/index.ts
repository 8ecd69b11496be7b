import type { Step } from "../../src/role/step.ts";
import { manifestSteps } from "../cluster/manifestSteps.ts";
import { flannelManifest } from "./manifest.ts";
import { flannelNodeSteps } from "./nodeSteps.ts";
import { flannelStays } from "./stays.ts";

/** The flannel network from its own release manifest. */
export const flannel: readonly Step[] = [flannelStays, ...manifestSteps(flannelManifest), ...flannelNodeSteps(flannelManifest)];
