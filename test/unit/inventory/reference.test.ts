import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { branches, inventoryJsonSchema, type JsonSchema } from "../../../src/inventory/jsonSchema.ts";
import { renderJsonSchema, renderReference } from "../../../src/inventory/reference.ts";

it.each([
  ["docs/inventory.md", renderReference],
  ["docs/inventory.schema.json", renderJsonSchema],
])("%s is what the schema says", (path, render) => {
  const committed = readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
  expect(committed === render(), `${path} is out of date: run \`npm run docs\``).toBe(true);
});

it("every field has one line of help", () => {
  const bad: string[] = [];
  const visit = (schema: JsonSchema, path: string): void => {
    for (const one of branches(schema)) {
      for (const [name, inner] of Object.entries(one.properties ?? {})) {
        if (!/^\S.{5,200}\.$/.test(inner.description ?? "")) bad.push(`${path}.${name}`);
        visit(inner, `${path}.${name}`);
      }
      if (one.items !== undefined) visit(one.items, `${path}[]`);
    }
  };
  visit(inventoryJsonSchema(), "");
  expect(bad).toEqual([]);
});
