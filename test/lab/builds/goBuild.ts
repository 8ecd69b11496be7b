import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import { basename, dirname, join } from "node:path";
import { LabError } from "../LabError.ts";
import type { Note } from "../progress.ts";
import { scratchEnv } from "../scratch.ts";
import { sh } from "../shell.ts";
import type { GoBuild } from "./component.ts";

export async function goVersion(): Promise<string> {
  const { exitCode, stdout } = await sh`go env GOVERSION`.nothrow();
  if (exitCode !== 0) throw new LabError("no Go compiler in PATH: the lab builds what it serves; install Go 1.26 or newer");
  return stdout.trim();
}

/** The name `go build` gives a command: its last path element that is not a major version. */
export function commandName(importPath: string): string {
  const last = basename(importPath);
  return /^v\d+$/.test(last) ? basename(dirname(importPath)) : last;
}

/** "a => b v1.2.3" for each `replace` of a go.mod that names a version, whatever form it has there. */
export const versionedReplaces = (upstream: string): readonly string[] =>
  [...upstream.matchAll(/^(?:replace |\t)(\S+)(?: v\S+)? => (\S+ v\S+)/gm)].map((match) => `${match[1]} => ${match[2]}`);

/**
 * A go.mod that requires the modules; with staging, the go line and the list of staging modules come from that module's own go.mod.
 * `replacing`: the go.mod of `build.replacesOf`.
 */
export function goMod(build: GoBuild, upstream: string | null, replacing = ""): string {
  const lines = ["module lab.invalid/build", upstream?.match(/^go .*$/m)?.[0] ?? "go 1.26.0"];
  for (const [module, version] of Object.entries(build.modules)) lines.push(`require ${module} ${version}`);
  for (const match of (upstream ?? "").matchAll(/^\t(k8s\.io\/[a-z-]*) => \.\/staging/gm)) {
    lines.push(`replace ${match[1]} => ${match[1]} ${build.staging?.version}`);
  }
  for (const line of versionedReplaces(replacing)) lines.push(`replace ${line}`);
  for (const [module, version] of Object.entries(build.replace ?? {})) lines.push(`replace ${module} => ${module} ${version}`);
  return `${lines.join("\n")}\n`;
}

/** Takes whole import lines out of a Go file; each must be there. */
export function dropImports(source: string, imports: readonly string[]): string {
  const dropped = new Set(imports.map((path) => `\t_ "${path}"`));
  const lines = source.split("\n");
  const kept = lines.filter((line) => !dropped.has(line));
  if (lines.length - kept.length !== imports.length)
    throw new LabError(`not every one of these is imported once: ${imports.join(", ")}`);
  return kept.join("\n");
}

async function moduleFolder(work: string, module: string, version: string): Promise<string> {
  const { stdout } = await sh({ cwd: work })`go mod download -json ${`${module}@${version}`}`;
  const folder: unknown = JSON.parse(stdout).Dir;
  if (typeof folder !== "string") throw new LabError(`module ${module} ${version} does not resolve`);
  return folder;
}

/** Compiles into `out`; `work` is scratch. The checksum database stays on. */
export async function goBuild(build: GoBuild, work: string, out: string, note: Note): Promise<void> {
  const versionOf = (module: string) => build.modules[module] ?? "";
  note("asking for modules");
  const modText = async (module: string | undefined) =>
    module === undefined ? undefined : readFileSync(join(await moduleFolder(work, module, versionOf(module)), "go.mod"), "utf8");
  const upstream = await modText(build.staging?.module);
  writeFileSync(join(work, "go.mod"), goMod(build, upstream ?? null, await modText(build.replacesOf)));
  for (const [file, text] of Object.entries(build.sources ?? {})) {
    mkdirSync(dirname(join(work, file)), { recursive: true });
    writeFileSync(join(work, file), text);
  }
  const flags = ["-trimpath", "-buildvcs=false", "-v"];
  if (build.staging !== undefined) {
    const imports = Object.keys(build.commands).map((path) => `import _ "${path}"`);
    writeFileSync(join(work, "tools.go"), ["//go:build tools", "package tools", ...imports, ""].join("\n"));
    await sh({ cwd: work })`go mod tidy -e`; // its own go.mod pins more than a bare requirement would choose
  } else flags.push("-mod=mod");
  if (build.without !== undefined) {
    const { module, file, imports, as } = build.without;
    const source = readFileSync(join(await moduleFolder(work, module, versionOf(module)), file), "utf8");
    mkdirSync(dirname(join(work, as)), { recursive: true });
    writeFileSync(join(work, as), dropImports(source, imports));
  }
  if (build.tags !== undefined) flags.push("-tags", build.tags.join(","));
  const variables = Object.entries(build.variables ?? {}).map(([name, value]) => ` -X '${name}=${value}'`);
  flags.push("-ldflags", `-s -w${build.cgo === true ? " -extldflags -static" : ""}${variables.join("")}`);

  const env = {
    ...scratchEnv(),
    CGO_ENABLED: build.cgo === true ? "1" : "0",
    ...(totalmem() > 8 * 2 ** 30 ? { GOGC: "400" } : {}),
  };
  let packages = 0;
  const compiling = sh({ cwd: work, env })`go build ${flags} -o ${`${out}/`} ${Object.keys(build.commands)}`;
  compiling.stderr.on("data", (chunk: Buffer) => {
    packages += chunk.toString().split("\n").length - 1;
    note(`${packages} packages fetched or compiled`);
  });
  await compiling;
  for (const [path, name] of Object.entries(build.commands)) {
    if (commandName(path) !== name) renameSync(join(out, commandName(path)), join(out, name));
  }
  await takeAlong(build, work, out);
}

/** What a module brings beside its code. */
async function takeAlong(build: GoBuild, work: string, out: string): Promise<void> {
  const { copy, pack } = build;
  const from = (module: string) => moduleFolder(work, module, build.modules[module] ?? "");
  for (const [path, to] of Object.entries(copy?.files ?? {})) {
    copyFileSync(join(await from(copy?.module ?? ""), path), join(out, to));
    chmodSync(join(out, to), to.endsWith(".sh") ? 0o755 : 0o644); // a module keeps no modes
  }
  for (const [path, { file, as }] of Object.entries(pack?.folders ?? {})) {
    const options = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX"];
    const source = ["-C", join(await from(pack?.module ?? ""), path), "--transform", `s,^\\.,${as},S`, "."];
    await sh`tar ${options} -cf ${join(work, file)} ${source}`;
    await sh`${file.endsWith(".tgz") ? ["gzip", "-n", "-1"] : ["cat"]} < ${join(work, file)} > ${join(out, file)}`;
  }
}
