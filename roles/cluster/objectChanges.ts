import { isDeepStrictEqual } from "node:util";
import { type KubeObject, nameOf } from "../../src/role/objects/kubeObject.ts";
import type { Change } from "../../src/role/verdict.ts";

/** What differs between the objects a role applied last (`null`: none yet) and those it would apply: one change an object. */
export function objectChanges(live: readonly KubeObject[] | null, wanted: readonly KubeObject[]): readonly Change[] {
  const isDefinition = ({ kind }: KubeObject): boolean => kind === "CustomResourceDefinition";
  const object = (target: string, action: Change["action"], detail?: string): Change => ({
    what: "object",
    action,
    target,
    ...(detail === undefined ? {} : { detail }),
  });
  const definitions = wanted.filter(isDefinition).length;
  const rest = wanted.filter((one) => !isDefinition(one) && one.kind !== "Namespace");
  const before = new Map((live ?? []).map((one) => [nameOf(one), withoutMarks(one)]));
  const changes = rest.flatMap((one): readonly Change[] => {
    const old = before.get(nameOf(one));
    if (old === undefined) return [object(nameOf(one), "create")];
    const now = withoutMarks(one);
    return isDeepStrictEqual(old, now) ? [] : [object(nameOf(one), "update", differing(old, now))];
  });
  const names = new Set(rest.map(nameOf));
  const gone = [...before.keys()].filter((name) => !names.has(name)).map((name) => object(name, "delete"));
  return [
    ...(definitions > 0 && live === null ? [object(`${definitions} CustomResourceDefinitions`, "create")] : []),
    ...changes,
    ...gone,
  ];
}

/** Marks change with every other object: they are not what a person asks about. */
function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith("provision/"))
      .map(([key, inner]) => [key, withoutMarks(inner)])
      .filter(
        ([, inner]) => typeof inner !== "object" || inner === null || Array.isArray(inner) || Object.keys(inner).length > 0,
      ),
  );
}

/** "spec.template.spec: image a -> b, spec.replicas: 1 -> 2"; the first few, with short values. */
function differing(from: unknown, to: unknown): string {
  const found: string[] = [];
  const short = (value: unknown): string => {
    const text = value === undefined ? "nothing" : (JSON.stringify(value) ?? "nothing");
    return text.length > 60 ? `${text.slice(0, 57)}...` : text;
  };
  const isBranch = (value: unknown): value is object => typeof value === "object" && value !== null;
  const walk = (one: unknown, other: unknown, path: string): void => {
    const [a, b] = [byName(one), byName(other)];
    if (isDeepStrictEqual(a, b)) return;
    if (isBranch(a) && isBranch(b) && Array.isArray(a) === Array.isArray(b))
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
        walk((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], path === "" ? key : `${path}.${key}`);
    else found.push(`${path}: ${short(a)} -> ${short(b)}`);
  };
  walk(from, to, "");
  const most = 3;
  return found.length > most ? `${found.slice(0, most).join(", ")} and ${found.length - most} more` : found.join(", ");
}

/** Containers, variables and volumes by their names: one that is put in between moves no other. Any other value as it is. */
function byName(value: unknown): unknown {
  if (!Array.isArray(value) || value.length === 0) return value;
  const named = value.map((item) => [(item as { readonly name?: unknown } | null)?.name, item] as const);
  return named.every(([name]) => typeof name === "string") ? Object.fromEntries(named) : value;
}
