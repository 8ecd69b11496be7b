import { type ClusterSpec, isControlPlane, type NodeSpec } from "../model/cluster.ts";

/** Nodes whose turns may overlap, at most `window` at once; groups go one after the other. */
export interface TurnGroup {
  readonly name: "control planes" | "workers" | "edge";
  readonly nodes: readonly NodeSpec[];
  readonly window: number;
}

/** Control planes one at a time, then workers, edge nodes last; empty groups are left out. `turning`: names of nodes that need a turn. */
export function turnGroups(cluster: ClusterSpec, turning: ReadonlySet<string>): readonly TurnGroup[] {
  const nodes = cluster.nodes.filter((node) => turning.has(node.name));
  const workers = nodes.filter((node) => !isControlPlane(node));
  const { window } = cluster.upgrade;
  const groups: readonly TurnGroup[] = [
    { name: "control planes", nodes: nodes.filter(isControlPlane), window: 1 },
    { name: "workers", nodes: workers.filter((node) => node.order === "default"), window },
    { name: "edge", nodes: workers.filter((node) => node.order === "edge"), window },
  ];
  return groups.filter((group) => group.nodes.length > 0);
}
