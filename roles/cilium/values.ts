import { type ClusterSpec, controlPlanes } from "../../src/model/cluster.ts";
import type { CiliumSpec } from "../../src/model/cni/cilium.ts";
import { type ChartValues, mergedValues } from "../../src/role/objects/mergedValues.ts";

/** The chart's values: what the inventory's fields say, and the inventory's own values over them. */
export function ciliumValues(cluster: ClusterSpec, cni: CiliumSpec): ChartValues {
  const { pods } = cluster.network;
  const { endpoint } = cluster;
  const native = cni.routing === "native";
  const made: ChartValues = {
    kubeProxyReplacement: cni.kubeProxyReplacement,
    // Agents reach the API the way kubelets do: no Service has to work before they run.
    k8sServiceHost: endpoint.kind === "external" ? endpoint.host : "127.0.0.1",
    k8sServicePort: endpoint.port,
    routingMode: native ? "native" : "tunnel",
    ...(native ? { ipv4NativeRoutingCIDR: pods, autoDirectNodeRoutes: true } : { tunnelProtocol: cni.routing }),
    ipam: {
      mode: cni.ipam,
      ...(cni.ipam === "kubernetes" ? {} : { operator: { clusterPoolIPv4PodCIDRList: [pods], clusterPoolIPv4MaskSize: 24 } }),
    },
    // One on each control plane, and never more than there are nodes: they do not share one. The chart's own is 2.
    operator: { replicas: Math.min(2, Math.max(1, controlPlanes(cluster).length)) },
    // Envoy runs inside the agent when a policy asks for it: no pod of its own on every node.
    envoy: { enabled: false },
    hubble: {
      enabled: cni.hubble.enabled,
      ...(cni.hubble.relay ? {} : { listenAddress: "" }),
      relay: { enabled: cni.hubble.relay, ...(cni.hubble.tls ? {} : { tls: { server: { enabled: false } } }) },
      // The chart's own way (helm) makes other certificates each time it is rendered.
      tls: { enabled: cni.hubble.relay && cni.hubble.tls, auto: { method: "cronJob" } },
    },
    // Another part may add its file to /etc/cni/net.d; without one, Cilium's stays the only one.
    cni: { exclusive: cluster.network.multus === null },
    ...(cni.upgradeCompatibility === null ? {} : { upgradeCompatibility: cni.upgradeCompatibility }),
  };
  return mergedValues(made, cni.values);
}
