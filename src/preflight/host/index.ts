import type { Check } from "../check.ts";
import { machineChecks } from "./machine.ts";
import { otherCluster } from "./otherCluster.ts";

/** Everything about a machine but its kernel, in the order of a report's columns. */
export const hostChecks: readonly Check[] = [...machineChecks, otherCluster];
