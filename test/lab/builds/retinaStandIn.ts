import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Component } from "./component.ts";

const folder = join(import.meta.dirname, "../retinaStandIn");
const read = (path: string): string => readFileSync(join(folder, path), "utf8");

/** Not Retina: a program of the laboratory's own that answers with series by its names. What it is for: retinaStandIn/README.md. */
export const retinaStandIn = (version: string): Component => ({
  name: "retina-stand-in",
  version,
  build: {
    modules: {},
    // The name of Retina's own process, by which this tool knows who holds its port.
    sources: { "controller/main.go": read("main.go") },
    commands: { "./controller": "controller" },
    variables: { "main.version": `v${version}` },
  },
  publish: [],
  seconds: 10,
});

/** Not Retina's chart: one of the laboratory's own, under the name by which this tool asks a catalog for Retina's. */
export function retinaStandInChart(version: string): Component {
  const file = `retina-stand-in-${version}.tgz`;
  const chart = readdirSync(join(folder, "chart"), { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(join(folder, "chart").length + 1))
    .sort();
  const write = chart.map(
    (path) => `mkdir -p "$(dirname "$WORK/retina/${path}")"
cat > "$WORK/retina/${path}" <<'END_OF_FILE'
${read(`chart/${path}`).replaceAll("VERSION", version).trimEnd()}
END_OF_FILE`,
  );
  const pack = `tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$WORK" -cf - retina | gzip -n -1 > "$OUT/${file}"`;
  return {
    name: "retina-stand-in-chart",
    version,
    build: { script: [...write, pack].join("\n"), needsRootfs: false },
    publish: [{ name: "retina-chart", version, platform: "any", format: "chart", file }],
    seconds: 1,
  };
}
