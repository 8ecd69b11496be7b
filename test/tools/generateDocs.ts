import { readFileSync, writeFileSync } from "node:fs";
import { renderJsonSchema, renderReference } from "../../src/inventory/reference.ts";
import { renderRequirements } from "../../src/kernel/renderRequirements.ts";
import { withProxyModes } from "../../src/network/renderProxyModes.ts";
import { withRetina } from "../../src/network/renderRetina.ts";

const page = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** `npm run docs`: writes what is generated from the inventory's schema, the requirements of a kernel, the modes of kube-proxy and what goes with Retina. */
for (const [path, text] of [
  ["docs/inventory.md", renderReference()],
  ["docs/inventory.schema.json", renderJsonSchema()],
  ["docs/kernel.md", renderRequirements()],
  ["docs/kube-proxy.md", withProxyModes(page("docs/kube-proxy.md"))],
  ["docs/retina.md", withRetina(page("docs/retina.md"))],
] as const) {
  writeFileSync(new URL(`../../${path}`, import.meta.url), text);
  console.log(`wrote ${path}`);
}
