import { writeFileSync } from "node:fs";
import { renderJsonSchema, renderReference } from "../../src/inventory/reference.ts";

/** `npm run docs`: writes what is generated from the inventory's schema. */
for (const [path, text] of [
  ["docs/inventory.md", renderReference()],
  ["docs/inventory.schema.json", renderJsonSchema()],
] as const) {
  writeFileSync(new URL(`../../${path}`, import.meta.url), text);
  console.log(`wrote ${path}`);
}
