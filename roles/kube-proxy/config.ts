import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "yaml";
import type { ClusterSpec } from "../../src/model/cluster.ts";

type ConfigMapData = Readonly<Record<string, string>> | null;

/** KubeProxyConfiguration without apiVersion and kind: only what this cluster sets, the rest is kube-proxy's own default. */
export function kubeProxyConfig({ network }: ClusterSpec): Record<string, unknown> {
  const { mode, nodePortAddresses, conntrack } = network.kubeProxy;
  const limits = {
    ...(conntrack.maxPerCore === null ? {} : { maxPerCore: conntrack.maxPerCore }),
    ...(conntrack.min === null ? {} : { min: conntrack.min }),
  };
  return {
    mode,
    clusterCIDR: network.pods,
    ...(nodePortAddresses.length === 0 ? {} : { nodePortAddresses }),
    ...(Object.keys(limits).length === 0 ? {} : { conntrack: limits }),
  };
}

export interface ConfigDifference {
  readonly key: string;
  /** JSON. */
  readonly from: string;
  readonly to: string;
}

/** Fields this cluster sets that the live ConfigMap has otherwise. kubeadm fills in defaults beside ours: those are not compared. */
export function configDiffers(cluster: ClusterSpec, map: ConfigMapData): readonly ConfigDifference[] {
  const live = liveConfig(map);
  return Object.entries(kubeProxyConfig(cluster)).flatMap(([key, wanted]) =>
    isDeepStrictEqual(subset(live[key], wanted), wanted)
      ? []
      : [{ key, from: JSON.stringify(live[key] ?? null), to: JSON.stringify(wanted) }],
  );
}

/** The live configuration with this cluster's fields: what others set stays. */
export const mergedConfig = (cluster: ClusterSpec, map: ConfigMapData): string =>
  stringify({ ...liveConfig(map), ...kubeProxyConfig(cluster) });

function liveConfig(map: ConfigMapData): Record<string, unknown> {
  const parsed: unknown = parse(map?.["config.conf"] ?? "{}");
  return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
}

function subset(live: unknown, wanted: unknown): unknown {
  if (typeof live !== "object" || live === null || typeof wanted !== "object" || wanted === null || Array.isArray(wanted))
    return live;
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, (live as Record<string, unknown>)[key]]));
}
