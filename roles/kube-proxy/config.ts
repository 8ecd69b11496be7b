import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "yaml";
import type { ClusterSpec } from "../../src/model/cluster.ts";

type ConfigMapData = Readonly<Record<string, string>> | null;
type Values = Readonly<Record<string, unknown>>;

/** Every field of KubeProxyConfiguration v1alpha1 that an inventory decides; null: kube-proxy's own default. */
function decided({ network }: ClusterSpec): Values {
  const { mode, nodePortAddresses, conntrack, ipvs, localhostNodePorts, ...rules } = network.kubeProxy;
  const { masqueradeAll, masqueradeBit, syncPeriod, minSyncPeriod } = rules;
  const periods = { syncPeriod, minSyncPeriod };
  const of = {
    nftables: { masqueradeAll, masqueradeBit, ...periods },
    iptables: { masqueradeAll, masqueradeBit, localhostNodePorts, ...periods },
    ipvs: { ...ipvs, ...periods },
  };
  return {
    mode,
    clusterCIDR: network.pods,
    nodePortAddresses: nodePortAddresses.length === 0 ? null : nodePortAddresses,
    conntrack,
    ...(mode === "none" ? {} : { [mode]: of[mode] }),
    // The bit is one for the cluster: in ipvs mode kube-proxy takes it from iptables' section (pkg/proxy/apis/config/types.go).
    ...(mode === "ipvs" ? { iptables: { masqueradeAll, masqueradeBit } } : {}),
  };
}

/** KubeProxyConfiguration without apiVersion and kind: only what this cluster sets, the rest is kube-proxy's own default. */
export const kubeProxyConfig = (cluster: ClusterSpec): Record<string, unknown> => said(decided(cluster));

const isRecord = (value: unknown): value is Values => typeof value === "object" && value !== null && !Array.isArray(value);

/** kubeadm writes some defaults out, and others as null or "0s". Switches are off by default, but for one. */
const isDefault = (value: unknown, key: string): boolean =>
  value == null || value === (key === "localhostNodePorts") || value === "" || value === "0s" || isDeepStrictEqual(value, []);

function said(values: Values): Record<string, unknown> {
  const entries = Object.entries(values).map(([key, value]) => [key, isRecord(value) ? said(value) : value] as const);
  return Object.fromEntries(entries.filter(([key, value]) => !isDefault(value, key) && !isDeepStrictEqual(value, {})));
}

interface ConfigDifference {
  readonly key: string;
  /** JSON. */
  readonly from: string;
  readonly to: string;
}

/** Fields the inventory decides that the live ConfigMap has otherwise. What kubeadm and others set beside them is not compared. */
export function configDiffers(cluster: ClusterSpec, map: ConfigMapData): readonly ConfigDifference[] {
  const live = liveConfig(map);
  return Object.entries(decided(cluster)).flatMap(([key, wanted]) => {
    const [from, to] = isRecord(wanted) ? [part(live[key], wanted), said(wanted)] : [live[key], wanted];
    const same = (isDefault(from, key) && isDefault(to, key)) || isDeepStrictEqual(from, to);
    return same ? [] : [{ key, from: JSON.stringify(from ?? null), to: JSON.stringify(to ?? null) }];
  });
}

/** The live configuration with the inventory's fields: what others set stays. A field without a value is left out: kube-proxy takes no null for a duration. */
export function mergedConfig(cluster: ClusterSpec, map: ConfigMapData): string {
  const live = liveConfig(map);
  const merged = Object.entries(decided(cluster)).map(([key, wanted]) => {
    const old = live[key];
    return [key, isRecord(wanted) ? present({ ...(isRecord(old) ? old : {}), ...wanted }) : wanted] as const;
  });
  return stringify({ ...live, ...Object.fromEntries(merged) });
}

const present = (values: Values): Values => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

function liveConfig(map: ConfigMapData): Record<string, unknown> {
  const parsed: unknown = parse(map?.["config.conf"] ?? "{}");
  return isRecord(parsed) ? parsed : {};
}

/** Of a live section what the inventory decides, without defaults that are written out. */
const part = (live: unknown, wanted: Values): Record<string, unknown> =>
  isRecord(live) ? said(Object.fromEntries(Object.keys(wanted).map((key) => [key, live[key]]))) : {};

/** The mode a configuration says; iptables when it says none, which is kube-proxy's default before 1.40 (KEP-5343). */
export const modeIn = (map: ConfigMapData): string => String(liveConfig(map).mode || "iptables");
