import type { ClusterSpec } from "../../src/model/cluster.ts";

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
