import type { FleetCheck } from "../check.ts";
import { clocks } from "./clocks.ts";
import { identityChecks } from "./identity.ts";

/** What is asked of all machines together: what must differ between them, or agree. */
export const fleetChecks: readonly FleetCheck[] = [...identityChecks, clocks];
