import { z } from "zod";
import { inventorySchema } from "./schema.ts";

/** The part of JSON schema that zod emits for an inventory. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  /** A default that depends on other fields, in words. */
  readonly defaultNote?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly patternProperties?: Readonly<Record<string, unknown>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** JSON schema of an inventory, for editors. Top-level keys that start with x- hold anchors and may be anything. */
export function inventoryJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(inventorySchema, { io: "input" }) as JsonSchema;
  return { ...schema, patternProperties: { "^x-": {} } };
}

/** The choices of a schema: itself, or the branches of its unions, flattened. */
export const branches = (schema: JsonSchema): readonly JsonSchema[] =>
  schema.anyOf === undefined && schema.oneOf === undefined
    ? [schema]
    : [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(branches);

/** Field names that are known at a path: all of a union's branches, since the user may have meant any. */
export function knownFields(schema: JsonSchema, path: readonly (string | number)[]): readonly string[] {
  let here = branches(schema);
  for (const step of path) here = here.flatMap((one) => next(one, step)).flatMap(branches);
  return [...new Set(here.flatMap((one) => Object.keys(one.properties ?? {})))];
}

function next(schema: JsonSchema, step: string | number): readonly JsonSchema[] {
  const found = typeof step === "number" ? schema.items : (schema.properties?.[step] ?? schema.additionalProperties);
  return typeof found === "object" ? [found] : [];
}

/** Paths ("network.pods") of fields with this name anywhere in the inventory; list items are written nodes[]. */
export function fieldsNamed(schema: JsonSchema, name: string): readonly string[] {
  const visit = (one: JsonSchema, path: string): string[] =>
    branches(one).flatMap((branch) => [
      ...Object.entries(branch.properties ?? {}).flatMap(([key, inner]) => {
        const inside = path === "" ? key : `${path}.${key}`;
        return [...(key === name ? [inside] : []), ...visit(inner, inside)];
      }),
      ...(branch.items === undefined ? [] : visit(branch.items, `${path}[]`)),
    ]);
  return [...new Set(visit(schema, ""))];
}
