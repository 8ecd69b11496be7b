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

/** A go.mod that requires the modules; with staging, the go line and the list of staging modules come from that module's own go.mod. */
export function goMod(build: GoBuild, upstream: string | null): string {
  const lines = ["module lab.invalid/build", upstream?.match(/^go .*$/m)?.[0] ?? "go 1.26.0"];
  for (const [module, version] of Object.entries(build.modules)) lines.push(`require ${module} ${version}`);
  for (const match of (upstream ?? "").matchAll(/^\t(k8s\.io\/[a-z-]*) => \.\/staging/gm)) {
    lines.push(`replace ${match[1]} => ${match[1]} ${build.staging?.version}`);
  }
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
  const staged = build.staging && (await moduleFolder(work, build.staging.module, versionOf(build.staging.module)));
  writeFileSync(join(work, "go.mod"), goMod(build, staged === undefined ? null : readFileSync(join(staged, "go.mod"), "utf8")));
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
  const variables = Object.entries(build.variables ?? {}).map(([name, value]) => ` -X ${name}=${value}`);
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
  for (const [from, to] of Object.entries(build.copy?.files ?? {})) {
    const module = build.copy?.module ?? "";
    copyFileSync(join(await moduleFolder(work, module, versionOf(module)), from), join(out, to));
    chmodSync(join(out, to), 0o644);
  }
}
