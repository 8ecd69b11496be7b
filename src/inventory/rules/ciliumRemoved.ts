/** A value of the chart that is gone, and what stands in its place. */
export interface RemovedValue {
  /** Dotted path in the chart's values. */
  readonly path: string;
  /** Minor it is gone from. */
  readonly since: string;
  readonly instead: string;
}

const flags = (since: string, instead: string, ...names: readonly string[]): readonly RemovedValue[] =>
  names.map((name) => ({ path: `extraConfig.${name}`, since, instead }));

const always = "leave it out: it is always on";
const replacement = "leave it out: it comes with kubeProxyReplacement";

/**
 * Values and agent flags (extraConfig) that a minor no longer has. Source: cilium/cilium Documentation/operations/upgrade.rst of 1.18 and
 * 1.19, and the chart's templates/validate.yaml for what is older. The chart takes some of them without a word, and does nothing.
 */
export const ciliumRemoved: readonly RemovedValue[] = [
  { path: "tunnel", since: "1.15", instead: "use network.cni.routing" },
  { path: "enableK8sEventHandover", since: "1.15", instead: "leave it out" },
  { path: "enableCnpStatusUpdates", since: "1.15", instead: "leave it out" },
  { path: "clustermesh.apiserver.tls.ca.cert", since: "1.15", instead: "use tls.ca.cert" },
  { path: "clustermesh.apiserver.tls.ca.key", since: "1.15", instead: "use tls.ca.key" },
  { path: "encryption.keyFile", since: "1.16", instead: "use encryption.ipsec.keyFile" },
  { path: "encryption.mountPath", since: "1.16", instead: "use encryption.ipsec.mountPath" },
  { path: "encryption.secretName", since: "1.16", instead: "use encryption.ipsec.secretName" },
  { path: "encryption.interface", since: "1.16", instead: "use encryption.ipsec.interface" },
  { path: "proxy.prometheus", since: "1.16", instead: "use envoy.prometheus" },
  { path: "endpointStatus", since: "1.16", instead: "leave it out" },
  { path: "remoteNodeIdentity", since: "1.16", instead: always },
  { path: "containerRuntime.integration", since: "1.16", instead: "leave it out" },
  { path: "etcd.managed", since: "1.16", instead: "leave it out" },
  { path: "enableCiliumEndpointSlice", since: "1.18", instead: "use ciliumEndpointSlice.enabled" },
  { path: "ciliumEndpointSlice.sliceMode", since: "1.18", instead: "leave it out: first come, first served" },
  { path: "enableRuntimeDeviceDetection", since: "1.18", instead: always },
  { path: "externalWorkloads", since: "1.18", instead: "the feature is gone" },
  { path: "hubble.relay.dialTimeout", since: "1.18", instead: "leave it out" },
  { path: "l2NeighDiscovery.refreshPeriod", since: "1.18", instead: "the sysctl base_reachable_time_ms says it" },
  { path: "eni.updateEC2AdapterLimitViaAPI", since: "1.18", instead: always },
  ...flags("1.18", always, "enable-runtime-device-detection", "enable-k8s-terminating-endpoint"),
  ...flags("1.18", "the sysctl base_reachable_time_ms says it", "arping-refresh-period"),
  { path: "nodePort.enabled", since: "1.19", instead: replacement },
  { path: "hostPort.enabled", since: "1.19", instead: replacement },
  { path: "externalIPs.enabled", since: "1.19", instead: replacement },
  { path: "svcSourceRangeCheck", since: "1.19", instead: always },
  { path: "sessionAffinity", since: "1.19", instead: always },
  { path: "enableInternalTrafficPolicy", since: "1.19", instead: always },
  { path: "customCalls", since: "1.19", instead: "the feature is gone" },
  { path: "l2podAnnouncements.interface", since: "1.19", instead: "use l2podAnnouncements.interfacePattern" },
  ...flags("1.19", replacement, "enable-node-port", "enable-host-port", "enable-external-ips"),
  ...flags("1.19", always, "enable-session-affinity", "enable-internal-traffic-policy", "enable-svc-source-range-check"),
  ...flags("1.19", always, "bpf-lb-proto-diff", "enable-k8s-endpoint-slice"),
  ...flags("1.19", "use enable-egress-gateway", "enable-ipv4-egress-gateway"),
  ...flags("1.19", "use l2-pod-announcements-interface-pattern", "l2-pod-announcements-interface"),
  ...flags("1.19", "the feature is gone", "enable-custom-calls", "enable-recorder", "enable-hubble-recorder-api"),
  ...flags("1.19", "let 1.18 move the rules first", "egress-multi-home-ip-rule-compat"),
];
