import type { Step } from "../../src/role/step.ts";
import { road, stays } from "./change.ts";
import { node } from "./node.ts";
import { noted } from "./noted.ts";
import { left, steered } from "./objects.ts";

/** Another network on a live cluster: each node stays with the old one until its turn. */
export const network: readonly Step[] = [road, stays, steered, noted, node, left];
