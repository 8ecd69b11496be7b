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
  const workers = (order: NodeSpec["order"]): Pick<TurnGroup, "nodes" | "window"> => {
    const all = cluster.nodes.filter((node) => !isControlPlane(node) && node.order === order);
    const { window, pause } = cluster.upgrade;
    return {
      nodes: all.filter((node) => turning.has(node.name)),
      window: pause === "each-node" ? 1 : windowOf(window, all.length),
    };
  };
  const groups: readonly TurnGroup[] = [
    { name: "control planes", nodes: nodes.filter(isControlPlane), window: 1 },
    { name: "workers", ...workers("default") },
    { name: "edge", ...workers("edge") },
  ];
  return groups.filter((group) => group.nodes.length > 0);
}

/** Nodes at once in a group of `size`: a share is of all of them, whether their turn comes or not, rounded down, at least one. */
export function windowOf(window: ClusterSpec["upgrade"]["window"], size: number): number {
  if (typeof window === "number") return window;
  return Math.max(1, Math.floor((size * Number.parseInt(window, 10)) / 100));
}
