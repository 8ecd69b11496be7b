import type { Step } from "../../src/role/step.ts";
import { manifestSteps } from "../cluster/manifestSteps.ts";
import { change } from "./change.ts";
import { ipam } from "./ipam.ts";
import { calicoManifest } from "./manifest.ts";
import { node } from "./node.ts";

/** Calico from its own release manifest. */
export const calico: readonly Step[] = [change, ...manifestSteps(calicoManifest), node, ipam];
