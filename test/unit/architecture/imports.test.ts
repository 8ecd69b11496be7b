import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { code, importsOf, read, withoutComments } from "./tracked.ts";

/**
 * What each folder may import, beside itself. A name with a file is that file alone. docs/architecture.md shows the same table.
 * `artifacts` and `host` do I/O; the parts of them that others below `run` may use are pure.
 */
const shell = "src/host/sh.ts";
const pureArtifacts = ["src/artifacts/catalog.ts", "src/artifacts/find.ts", "src/artifacts/storePath.ts"];
const allowed: Readonly<Record<string, readonly string[]>> = {
  "src/model": [],
  "src/template": [],
  "src/network": ["src/model", shell],
  "src/kernel": ["src/model", "src/facts", "src/network", shell],
  "src/preflight": ["src/model", "src/facts", "src/network", "src/kernel", shell, ...pureArtifacts],
  "src/facts": ["src/model", shell],
  "src/images": ["src/model", "src/facts", shell, ...pureArtifacts],
  "src/role": ["src/model", "src/facts", "src/images", shell, ...pureArtifacts],
  "src/kube": ["src/model", "src/facts", shell],
  roles: [
    "src/model",
    "src/facts",
    "src/network",
    "src/kernel",
    "src/preflight",
    "src/images",
    "src/role",
    "src/kube",
    shell,
    ...pureArtifacts,
  ],
  "src/plan": ["src/model", "src/facts", "src/role"],
  "src/upgrade": ["src/model", "src/facts", "src/network", "src/role", "src/plan", "src/kube", shell],
  "src/backup": ["src/model", shell],
  "src/host": ["src/model"],
  "src/artifacts": ["src/model"],
  "src/inventory": ["src/model", "src/network"],
  "src/run": [
    "src/model",
    "src/facts",
    "src/network",
    "src/kernel",
    "src/preflight",
    "src/role",
    "src/plan",
    "src/upgrade",
    "src/backup",
    "src/kube",
    "src/host",
    "src/artifacts",
  ],
  "src/report": [
    "src/model",
    "src/images",
    "src/kernel",
    "src/preflight",
    "src/upgrade",
    "src/role",
    "src/plan",
    "src/run/event.ts",
    "src/run/connectivity.ts",
  ],
  "src/testing": ["src/model", "src/facts", "src/role", "src/plan", "src/template", "src/host", "src/artifacts"],
  "src/cli": [
    "src/model",
    "src/network",
    "src/inventory",
    "src/facts",
    "src/kernel",
    "src/preflight",
    "src/images",
    "src/role",
    "src/plan",
    "src/upgrade",
    "src/backup",
    "src/run",
    "src/host",
    "src/kube",
    "src/artifacts",
    "src/template",
    "src/report",
    "roles",
  ],
};

/** These answer from what they are given alone: the same in, the same out. */
const pure = [
  "src/model",
  "src/template",
  "src/kernel",
  "src/preflight",
  "src/facts",
  "src/images",
  "src/role",
  "src/plan",
  "src/upgrade",
  "src/backup",
  "roles",
];
const pureFiles = [shell, ...pureArtifacts];
const pureModules = ["node:crypto", "node:path", "node:util", "node:zlib", "diff", "handlebars", "semver", "yaml", "zod"];
const impure: Readonly<Record<string, RegExp>> = {
  "the environment": /\bprocess\./,
  "the clock": /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\b/,
  chance: /\bMath\.random\b|\brandom(Bytes|UUID|Int)\b|\bgetRandomValues\b/,
  timers: /\bset(Timeout|Interval|Immediate)\b/,
  "the network": /\bfetch\(|\bWebSocket\b/,
  "modules by name": /\brequire\(|\bimport\(/,
  "the terminal": /\bconsole\./,
};

const folderOf = (name: string): string => (name.startsWith("src/") ? name.split("/").slice(0, 2).join("/") : "roles");
const sources = [...code("src/"), ...code("roles/")];

/** The file an import leads to, by its name from the root; null for a package or a part of Node. */
const target = (from: string, written: string): string | null =>
  written.startsWith(".") ? posix.normalize(posix.join(posix.dirname(from), written)) : null;

describe("who may import whom", () => {
  test("every folder has its row in the table", () => {
    expect([...new Set(sources.map(folderOf))].filter((folder) => !(folder in allowed))).toEqual([]);
  });

  test("imports follow the table", () => {
    const wrong = sources.flatMap((name) => {
      const own = folderOf(name);
      const may = [own, ...(allowed[own] ?? [])];
      return importsOf(read(name))
        .map((written) => target(name, written))
        .filter((to) => to !== null)
        .filter((to) => !may.some((one) => to === one || to.startsWith(`${one}/`)))
        .map((to) => `${name} imports ${to}`);
    });
    expect(wrong).toEqual([]);
  });

  test("the table has no circle", () => {
    const reaches = (from: string, seen: readonly string[] = []): readonly string[] =>
      (allowed[from] ?? [])
        .filter((to) => to in allowed && !seen.includes(to))
        .flatMap((to) => [to, ...reaches(to, [...seen, from])]);
    for (const folder of Object.keys(allowed))
      expect([folder, reaches(folder)]).not.toEqual([folder, expect.arrayContaining([folder])]);
  });

  test("imports name the file they mean", () => {
    const vague = sources.flatMap((name) =>
      importsOf(read(name))
        .filter((written) => written.startsWith(".") && !/\.(ts|json)$/.test(written))
        .map((written) => `${name}: ${written}`),
    );
    expect(vague).toEqual([]);
  });
});

describe("what decides touches nothing", () => {
  const deciding = sources.filter((name) => pure.includes(folderOf(name)) || pureFiles.includes(name));

  test("no file, process, socket or package that does I/O is imported", () => {
    const wrong = deciding.flatMap((name) =>
      importsOf(read(name))
        .filter((written) => !written.startsWith(".") && !pureModules.includes(written))
        .map((written) => `${name} imports ${written}`),
    );
    expect(wrong).toEqual([]);
  });

  test.each(Object.entries(impure))("nothing reads %s", (_what, pattern) => {
    expect(deciding.filter((name) => pattern.test(withoutComments(read(name))))).toEqual([]);
  });
});

test("the scan sees what it looks for", () => {
  const sample =
    'import a from "node:fs";\nimport type { B } from "../b.ts";\nexport { c } from "./c.ts";\nimport "./d.ts";\nawait import("e");\n// from "f"';
  expect(importsOf(sample)).toEqual(["node:fs", "../b.ts", "./c.ts", "./d.ts", "e"]);
  expect(importsOf('import {\n  one,\n  type Two,\n} from "./g.ts";')).toEqual(["./g.ts"]);
});
