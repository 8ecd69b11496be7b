import { z } from "zod";
import { type Script, sh } from "../host/sh.ts";
import type { ClusterSpec } from "../model/cluster.ts";
import { controlPlanes } from "../model/cluster.ts";
import { jsonOrNull } from "../model/jsonOrNull.ts";
import { type Fact, FactError } from "./fact.ts";

/** A request for an API version on its way out. `removed`: the minor ("1.36") that serves it no more; "" when that is not decided. */
export interface DeprecatedRequest {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly removed: string;
}

const metric = "apiserver_requested_deprecated_apis";

/** What API servers were asked for since they started, of their own count: each server knows its own requests alone. */
export const deprecatedRequestsFact = (cluster: ClusterSpec): Fact<readonly DeprecatedRequest[]> => ({
  key: "kube deprecated requests",
  script: sh.lines([
    ...controlPlanes(cluster).map(
      (plane): Script => sh`k ${`--server=https://${plane.address}:6443`} get --raw /metrics | grep ${`^${metric}{`}`,
    ),
    sh`true`,
  ]),
  parse: ({ stdout }) => {
    const seen = new Map<string, DeprecatedRequest>();
    for (const line of stdout.split("\n")) {
      const labels = new RegExp(`^${metric}\\{(.*)\\} 1$`).exec(line)?.[1];
      if (labels === undefined) continue;
      const all = new Map([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]));
      const of = (name: string): string => all.get(name) ?? "";
      const request = { group: of("group"), version: of("version"), resource: of("resource"), removed: of("removed_release") };
      seen.set(JSON.stringify(request), request);
    }
    return [...seen.values()];
  },
});

/** An object that somebody wrote as that API version. */
export interface WrittenObject {
  readonly namespace: string;
  readonly name: string;
  /** Who: names of field managers, and "kubectl apply" for an object with that note of its last application. */
  readonly by: readonly string[];
}

const written = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        namespace: z.string().default(""),
        name: z.string(),
        annotations: z.record(z.string(), z.string()).default({}),
        managedFields: z.array(z.object({ manager: z.string().default(""), apiVersion: z.string().default("") })).default([]),
      }),
    }),
  ),
});

/** Objects of `plural` that were written as `group/version`; none when that is not served here. */
export function writtenAsFact(group: string, version: string, plural: string): Fact<readonly WrittenObject[]> {
  const key = `kube written as ${group}/${version} ${plural}`;
  const as = `${group}/${version}`;
  return {
    key,
    script: sh`k get --raw ${`/apis/${as}/${plural}`}`,
    parse: ({ code, stdout }) => {
      if (code !== 0) return []; // the most usual answer: a version that nobody switched on
      const parsed = written.safeParse(jsonOrNull(stdout));
      if (!parsed.success)
        throw new FactError(key, `the cluster's ${plural} are not understood`, z.prettifyError(parsed.error).slice(0, 200));
      return parsed.data.items.flatMap(({ metadata: { namespace, name, annotations, managedFields } }) => {
        const applied = z
          .object({ apiVersion: z.string() })
          .safeParse(jsonOrNull(annotations["kubectl.kubernetes.io/last-applied-configuration"] ?? "null"));
        const by = [
          ...managedFields.filter((one) => one.apiVersion === as).map((one) => one.manager),
          ...(applied.success && applied.data.apiVersion === as ? ["kubectl apply"] : []),
        ];
        return by.length === 0 ? [] : [{ namespace, name, by: [...new Set(by)] }];
      });
    },
  };
}
