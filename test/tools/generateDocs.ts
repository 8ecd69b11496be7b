import { writeFileSync } from "node:fs";
import { renderJsonSchema, renderReference } from "../../src/inventory/reference.ts";
import { renderRequirements } from "../../src/kernel/renderRequirements.ts";

/** `npm run docs`: writes what is generated from the inventory's schema and the requirements of a kernel. */
for (const [path, text] of [
  ["docs/inventory.md", renderReference()],
  ["docs/inventory.schema.json", renderJsonSchema()],
  ["docs/kernel.md", renderRequirements()],
] as const) {
  writeFileSync(new URL(`../../${path}`, import.meta.url), text);
  console.log(`wrote ${path}`);
}
