import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "yaml";
import { configMapFact } from "../../src/facts/kube.ts";
import { sh } from "../../src/host/sh.ts";
import { clusterStep, type Step } from "../../src/role/step.ts";
import { type Change, ok } from "../../src/role/verdict.ts";
import { workloadReady } from "../cluster/workloadReady.ts";
import { kubeProxyConfig } from "./config.ts";

const wantedKeys = (config: Record<string, unknown>): readonly string[] => Object.keys(config);

/** kubeadm installs kube-proxy with the right configuration; this keeps it so when the inventory changes. */
const config = clusterStep({
  id: "kube-proxy/config",
  summary: "kube-proxy runs in the inventory's mode",
  after: [{ step: "control-plane/up", on: "first-control-plane" }],
  kube: () => ({ map: configMapFact("kube-proxy") }),
  check: ({ cluster, kube }) => {
    if (kube === null) return ok;
    const wanted = kubeProxyConfig(cluster);
    const live = liveConfig(kube.map);
    const changes: Change[] = wantedKeys(wanted).flatMap((key): Change[] => {
      const now = subset(live[key], wanted[key]);
      if (isDeepStrictEqual(now, wanted[key])) return [];
      const detail = `${JSON.stringify(live[key] ?? null)} -> ${JSON.stringify(wanted[key])}`;
      return [
        {
          what: "object",
          action: "update",
          target: `ConfigMap kube-system/kube-proxy ${key}`,
          detail,
          disrupts: "kube-proxy restarts on every node, one after the other; service rules stay until it is back",
        },
      ];
    });
    return changes.length === 0 ? ok : { status: "change", changes };
  },
  apply: ({ cluster, kube }) => [
    {
      kind: "run",
      where: "control-plane",
      summary: "write kube-proxy's configuration and roll it out",
      script: sh`k -n kube-system patch configmap kube-proxy --type merge --patch-file /dev/stdin >/dev/null && k -n kube-system rollout restart daemonset/kube-proxy >/dev/null`,
      stdin: JSON.stringify({
        data: { "config.conf": stringify({ ...liveConfig(kube?.map ?? null), ...kubeProxyConfig(cluster) }) },
      }),
    },
  ],
  verify: () => [workloadReady("daemonset", "kube-system", "kube-proxy")],
});

function liveConfig(map: Readonly<Record<string, string>> | null): Record<string, unknown> {
  const parsed: unknown = parse(map?.["config.conf"] ?? "{}");
  return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
}

/** kubeadm fills in defaults beside ours: only the fields we set are compared. */
function subset(live: unknown, wanted: unknown): unknown {
  if (typeof live !== "object" || live === null || typeof wanted !== "object" || wanted === null || Array.isArray(wanted))
    return live;
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, (live as Record<string, unknown>)[key]]));
}

export const kubeProxy: readonly Step[] = [config];
