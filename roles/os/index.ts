import type { Step } from "../../src/role/step.ts";
import { claim } from "./claim.ts";
import { host } from "./host.ts";
import { kernelModules, swap, sysctl } from "./kernel.ts";

export const os: readonly Step[] = [host, claim, kernelModules, sysctl, swap];
