import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProvisionError } from "../model/diagnostic.ts";

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
 * same input gives the same text. `helm`: the program's path. Throws ProvisionError (exit 3) with its last words.
 */
export function renderChart(helm: string, { name, file, kubernetes }: ChartSource, request: ChartRequest): string {
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
