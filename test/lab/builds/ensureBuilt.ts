import { linkSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheKey, cachePath, type Manifest, readJson, sha256, verifyFiles, writeAtomically } from "../cache.ts";
import { LabError } from "../LabError.ts";
import type { Note } from "../progress.ts";
import { newScratch, scratchEnv } from "../scratch.ts";
import { sh } from "../shell.ts";
import type { Exclusive } from "../withCache.ts";
import { type Component, componentId } from "./component.ts";
import { goBuild } from "./goBuild.ts";

export interface Built {
  readonly component: Component;
  readonly folder: string;
  /** Path below the folder -> sha256. */
  readonly files: Readonly<Record<string, string>>;
}

export interface BuildContext {
  readonly go: string;
  /** Folder and key of the nodes' root file system. */
  readonly rootfs: () => Promise<{ readonly folder: string; readonly key: string }>;
  readonly say: (text: string) => void;
  readonly exclusive: Exclusive;
}

const MANIFEST = "manifest.json";

/** Deterministic: sorted, no time, no owner, no name in the gzip header. */
export async function archive(work: string, out: string, file: string, members: Readonly<Record<string, string>>): Promise<void> {
  const tree = join(work, "archive");
  for (const [member, source] of Object.entries(members)) {
    mkdirSync(dirname(join(tree, member)), { recursive: true });
    linkSync(join(out, source), join(tree, member));
  }
  const options = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  await sh`tar ${options} -C ${tree} -cf - ${Object.keys(members).sort()} | gzip -n -1 > ${join(out, file)}`;
}

/** From the cache when it is whole, else built: temporary folder first, then one rename. */
export async function ensureBuilt(component: Component, context: BuildContext, note: Note): Promise<Built> {
  const { build, name, version } = component;
  const rootfs = "script" in build && build.needsRootfs ? await context.rootfs() : null;
  const { publish: _, seconds: __, after: ___, ...recipe } = component;
  const key = cacheKey({ recipe, go: "script" in build ? "" : context.go, rootfs: rootfs?.key ?? "" });
  const folder = cachePath("builds", `${name}-${version}-${key}`);
  const look = async (): Promise<Built | string | null> => {
    const cached = readJson<Manifest>(join(folder, MANIFEST));
    if (cached === null) return null;
    return (await verifyFiles(folder, cached.files)) ?? { component, folder, files: cached.files };
  };
  let found = await look();
  if (found === null || typeof found === "string") {
    await context.exclusive();
    found = await look(); // somebody may have built it while we waited
  }
  if (found !== null && typeof found !== "string") return found;
  context.say(`${componentId(component)}: ${found === null ? "building" : `in the cache ${found}; building it again`}`);
  const begun = performance.now();
  const scratch = newScratch(`${name}-${version}`);
  const [work, out] = [join(scratch, "work"), join(scratch, "out")];
  mkdirSync(work);
  mkdirSync(out);
  if ("script" in build) {
    const env = { ...scratchEnv(), WORK: work, OUT: out, ROOTFS: rootfs?.folder ?? "" };
    await sh({ env })`bash -euo pipefail -c ${build.script}`;
  } else await goBuild(build, work, out, note);
  if (component.archive !== undefined) await archive(work, out, component.archive.file, component.archive.members);
  const names = readdirSync(out);
  if (names.length === 0) throw new LabError(`${componentId(component)}: its build left nothing`);
  const digests = await sha256(names.map((file) => join(out, file)));
  const files = Object.fromEntries(names.map((file) => [file, digests[join(out, file)] ?? ""]));
  const seconds = Math.round((performance.now() - begun) / 1000);
  writeAtomically(
    join(out, MANIFEST),
    JSON.stringify({ key, files, seconds, builtAt: new Date().toISOString() } satisfies Manifest, null, 1),
  );
  mkdirSync(cachePath("builds"), { recursive: true });
  for (const old of readdirSync(cachePath("builds"))) {
    if (old.startsWith(`${name}-${version}-`)) rmSync(cachePath("builds", old), { recursive: true, force: true });
  }
  renameSync(out, folder);
  rmSync(scratch, { recursive: true, force: true });
  return { component, folder, files };
}
