import { existsSync, readdirSync } from "node:fs";
import type { Catalog } from "../../src/artifacts/catalog.ts";
import { cachePath, cacheRoot, readJson } from "./cache.ts";
import { mirrorRoot } from "./catalog.ts";
import { answers } from "./images/registry.ts";
import type { Lab } from "./lab.ts";
import { labNames, readState } from "./labState.ts";
import { describeHolder, lockHolder } from "./lock.ts";
import { sh } from "./shell.ts";

const says = (reason: string | null): string => (reason === null ? "answers" : `does not answer (${reason})`);

/** For people; nothing is changed. */
export async function printStatus(lab: Lab): Promise<void> {
  const line = (label: string, text: string) => console.log(`${label.padEnd(12)}${text}`);
  const busy = lockHolder(cachePath("labs", `${lab.name}.lock`));
  if (!lab.exists) line("lab", `${lab.name} is not up`);
  else {
    line("lab", `${lab.name}${busy === null ? "" : `, busy: ${describeHolder(busy)}`}`);
    for (const node of readState(lab.name)?.nodes ?? []) {
      const state = await lab.nodeState(node.name);
      line(node.name, `${node.address.padEnd(14)}${node.role.padEnd(15)}${state === "up" ? "sshd answers" : state}`);
    }
    line("mirror", `${lab.mirrorUrl} ${says(await answers(`${lab.mirrorUrl}/catalog.json`))}`);
    line("registry", `${lab.registryUrl} ${says(await answers(`${lab.registryUrl}/v2/`))}`);
    line("inventory", existsSync(lab.inventoryPath) ? lab.inventoryPath : "not written yet");
  }
  const others = labNames().filter((name) => name !== lab.name);
  if (others.length > 0) line("other labs", others.join(", "));
  const catalog = readJson<Catalog>(`${mirrorRoot()}/catalog.json`);
  line("kubernetes", catalog === null ? "none built" : `${Object.keys(catalog.kubernetes).join(", ")} built`);
  line("builds", existsSync(cachePath("builds")) ? `${readdirSync(cachePath("builds")).length} in the cache` : "none");
  const size = existsSync(cacheRoot())
    ? (await sh`du -sh --exclude=proc --one-file-system ${cacheRoot()}`.nothrow()).stdout.split("\t")[0]
    : "0";
  line("cache", `${cacheRoot()} (${size})`);
}
