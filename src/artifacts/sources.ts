import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { rcompare } from "semver";
import { ProvisionError } from "../model/diagnostic.ts";
import type { Catalog, FileArtifact } from "./catalog.ts";
import type { FileCache } from "./fileCache.ts";
import { findFile } from "./find.ts";
import { type ChartRequest, renderChart } from "./helm.ts";

/** What releases bring for the cluster's own objects, fetched and verified. */
export interface Sources {
  /** A manifest as it came. Throws ProvisionError (exit 3) when the catalog does not have it. */
  readonly text: (name: string, version: string) => string;
  /** What Helm makes of a chart. Throws ProvisionError (exit 3) when the catalog does not have it, or Helm refuses. */
  readonly chart: (name: string, version: string, request: ChartRequest) => string;
}

/** Fetches manifests and charts, and Helm itself when there is a chart: roles do no I/O. `wanted`: name -> version. Rejects with ProvisionError (exit 3). */
export async function loadSources(
  wanted: Readonly<Record<string, string>>,
  kubernetes: string,
  catalog: Catalog,
  cache: FileCache,
): Promise<Sources> {
  const files = Object.entries(wanted).map(([name, version]) => orThrow(findFile(catalog, name, version, "any")));
  const texts = new Map<string, string>();
  const charts = new Map<string, string>();
  await Promise.all(
    files.map(async (file) => {
      const path = await cache.ensure(file);
      const key = `${file.name} ${file.version}`;
      if (file.format === "chart") charts.set(key, path);
      else texts.set(key, await readFile(path, "utf8"));
    }),
  );
  const helm = charts.size === 0 ? null : await helmProgram(catalog, cache);
  const rendered = new Map<string, string>();
  const get = (from: ReadonlyMap<string, string>, name: string, version: string): string => {
    const found = from.get(`${name} ${version}`);
    if (found !== undefined) return found;
    orThrow(findFile(catalog, name, version, "any"));
    throw new Error(`${name} ${version} was not fetched: its part of the network does not name it among its sources`);
  };
  return {
    text: (name, version) => get(texts, name, version),
    chart: (name, version, request) => {
      const file = get(charts, name, version);
      const key = JSON.stringify([name, version, request]);
      const known = rendered.get(key);
      if (known !== undefined) return known;
      const made = renderChart(helm ?? "", { name: `${name} ${version}`, file, kubernetes }, request);
      rendered.set(key, made);
      return made;
    },
  };
}

const orThrow = (found: ReturnType<typeof findFile>): FileArtifact => {
  if (found.missing !== undefined) throw new ProvisionError([found.missing], 3);
  return found.found as FileArtifact;
};

/** Helm for this machine, unpacked beside the cache under its archive's digest. */
async function helmProgram(catalog: Catalog, cache: FileCache): Promise<string> {
  const platform = process.arch === "arm64" ? "linux/arm64" : "linux/amd64";
  const [newest] = catalog.files
    .filter(({ name }) => name === "helm")
    .map(({ version }) => version)
    .sort(rcompare);
  if (newest === undefined) throw noHelm();
  const archive = orThrow(findFile(catalog, "helm", newest, platform));
  const path = await cache.ensure(archive);
  const folder = join(dirname(dirname(path)), "programs", archive.sha256);
  const program = join(folder, "helm");
  if (existsSync(program)) return program;
  mkdirSync(dirname(folder), { recursive: true });
  const scratch = mkdtempSync(`${folder}-`);
  const [member = "helm"] = Object.keys(archive.members ?? {});
  const { status, stderr } = spawnSync("tar", [
    "-xzf",
    path,
    "-C",
    scratch,
    "--strip-components",
    String(member.split("/").length - 1),
    member,
  ]);
  if (status !== 0) throw new Error(`helm's archive does not unpack: ${String(stderr).trim()}`);
  try {
    renameSync(scratch, folder);
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    if (!existsSync(program)) throw error; // another process was first
  }
  return program;
}

const noHelm = (): ProvisionError =>
  new ProvisionError(
    [
      {
        severity: "error",
        code: "artifact/no-helm",
        message: "the artifact catalog has no Helm, which renders the charts the inventory needs",
        place: {},
        hint: "add a release of Helm for this machine to the mirror's catalog",
      },
    ],
    3,
  );
