import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import { jsonOrNull } from "../model/jsonOrNull.ts";
import { nearest } from "../model/nearest.ts";

export interface ChartSource {
  /** For messages: "cilium-chart 1.18.5". */
  readonly name: string;
  /** The chart's archive, of the right digest. */
  readonly file: string;
  /** Of the cluster, without a v: what the chart's conditions see. */
  readonly kubernetes: string;
}

export interface ChartRequest {
  readonly name: string;
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A program that answers neither to a terminal nor to a user's own Helm settings gets this long, in milliseconds. */
const deadline = 60_000;

/**
 * What `helm template` makes of a chart: YAML documents, definitions included. Reads nothing but the archive and asks no cluster, so the
 * same input gives the same text. `helm`: the program's path. Throws ProvisionError (exit 3) for a value the chart's schema does not know,
 * which Helm would take and leave unused, and with Helm's last words.
 */
export function renderChart(helm: string, { name, file, kubernetes }: ChartSource, request: ChartRequest): string {
  const unknown = unknownKeys(schemaOf(file), request.values);
  if (unknown.length > 0)
    throw new ProvisionError(
      unknown.map((key) => unknownValue(name, key)),
      3,
    );
  const home = mkdtempSync(join(tmpdir(), "provision-helm-"));
  try {
    const { status, stdout, stderr, error } = spawnSync(
      helm,
      [
        "template",
        request.name,
        file,
        ...["--namespace", request.namespace],
        ...["--kube-version", `v${kubernetes}`],
        ...["--include-crds", "--no-hooks", "--values", "-"],
      ],
      {
        input: JSON.stringify(request.values),
        encoding: "utf8",
        maxBuffer: 64_000_000,
        timeout: deadline,
        env: { HOME: home, PATH: "/nonexistent" },
      },
    );
    if (status === 0) return stdout;
    const seen = (error?.message ?? stderr).trim().split("\n").slice(-8).join("\n");
    throw new ProvisionError(
      [
        {
          severity: "error",
          code: "artifact/chart",
          message: `Helm does not render ${name}`,
          place: {},
          seen,
          hint: "look at the values the inventory gives it",
        },
      ],
      3,
    );
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

interface ValuesSchema {
  readonly properties?: Readonly<Record<string, ValuesSchema>>;
}

/** values.schema.json of the chart itself; null: it has none. */
function schemaOf(file: string): ValuesSchema | null {
  const member = ["--wildcards", "--no-wildcards-match-slash", "*/values.schema.json"];
  const { status, stdout } = spawnSync("tar", ["-xzOf", file, ...member], { encoding: "utf8", maxBuffer: 64_000_000 });
  return status === 0 ? (jsonOrNull(stdout) as ValuesSchema | null) : null;
}

interface UnknownKey {
  readonly path: string;
  readonly known: readonly string[];
}

/** Keys a schema does not name. Where it names none, as in labels, any may stand. */
function unknownKeys(schema: ValuesSchema | null, values: object, under = ""): readonly UnknownKey[] {
  const { properties } = schema ?? {};
  if (properties === undefined) return [];
  return Object.entries(values).flatMap(([key, value]) => {
    const inner = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (inner === undefined) return [{ path: `${under}${key}`, known: Object.keys(properties).map((one) => `${under}${one}`) }];
    const isBranch = typeof value === "object" && value !== null && !Array.isArray(value);
    return isBranch ? unknownKeys(inner, value, `${under}${key}.`) : [];
  });
}

function unknownValue(chart: string, { path, known }: UnknownKey): Diagnostic {
  const near = nearest(path, known);
  const hint = near === null ? "look at the chart's own list of values" : `did you mean ${near}?`;
  return { severity: "error", code: "artifact/chart-value", message: `${chart} has no value ${path}`, place: {}, hint };
}
