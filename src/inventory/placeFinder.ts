import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair, type YAMLMap } from "yaml";
import type { Place } from "../model/diagnostic.ts";

/** A value's way from the root: ["nodes", 0, "address"]. */
export type Path = readonly (string | number)[];

export interface PlaceFinder {
  /** Where the value stands. Of several paths the first that is in the file; when none is, the nearest thing around the first. */
  value(...paths: readonly [Path, ...Path[]]): Place;
  /** Where the key stands, for messages about the field itself. */
  key(path: Path): Place;
  /** The value as it is written, when it is a scalar. */
  source(path: Path): string | null;
}

export function makePlaceFinder(document: Document.Parsed, file: string, lines: LineCounter): PlaceFinder {
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const placeOf = (node: Node | null): Place => placeAt(node?.range?.[0] ?? 0);
  /** The node at the path, or the last one on the way to it. */
  const walk = (path: Path): { node: Node | null; whole: boolean } => {
    let node: Node | null = document.contents;
    for (const step of path) {
      const next = child(follow(node, document), step, document);
      if (next === null) return { node, whole: false };
      node = next;
    }
    return { node, whole: true };
  };
  return {
    value: (...paths) => placeOf((paths.map(walk).find((found) => found.whole) ?? walk(paths[0])).node),
    key: (path) => {
      const parent = walk(path.slice(0, -1));
      const map = follow(parent.node, document);
      const pair = parent.whole && isMap(map) ? findPair(map, String(path.at(-1)), document) : null;
      return placeOf(pair === null ? walk(path).node : (pair.key as Node));
    },
    source: (path) => {
      const { node, whole } = walk(path);
      const scalar = follow(node, document);
      return whole && isScalar(scalar) ? (scalar.source ?? null) : null;
    },
  };
}

const follow = (node: Node | null, document: Document): Node | null => (isAlias(node) ? (node.resolve(document) ?? null) : node);

function child(node: Node | null, step: string | number, document: Document): Node | null {
  if (isSeq(node)) return (node.items[Number(step)] as Node | undefined) ?? null;
  if (!isMap(node)) return null;
  const pair = findPair(node, String(step), document);
  return pair === null ? null : ((pair.value ?? pair.key) as Node);
}

/** The pair of a key, looked for in merged maps (`<<: *anchor`) too. */
function findPair(map: YAMLMap, key: string, document: Document): Pair | null {
  const own = map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  if (own !== undefined) return own;
  for (const pair of map.items) {
    if (!isScalar(pair.key) || pair.key.source !== "<<") continue;
    const merged = follow(pair.value as Node | null, document);
    for (const part of isSeq(merged) ? merged.items : [merged]) {
      const source = follow(part as Node | null, document);
      const found = isMap(source) ? findPair(source, key, document) : null;
      if (found !== null) return found;
    }
  }
  return null;
}
