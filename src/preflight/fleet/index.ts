import type { FleetCheck } from "../check.ts";

/** What is asked of all machines together. */
export const fleetChecks: readonly FleetCheck[] = [];
