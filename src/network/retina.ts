import type { ClusterSpec } from "../model/cluster.ts";
import { metricsPortOf, pluginsOf, type RetinaSpec } from "../model/retina.ts";
import type { NetworkPart, NetworkPort } from "./part.ts";

export const retinaOf = ({ observability: { retina } }: ClusterSpec): RetinaSpec => {
  if (retina === null) throw new Error("the cluster has no Retina");
  return retina;
};

/** Name in the catalog of a variant's chart: charts/retina and charts/retina-hubble of its registry. */
export const retinaChartName = ({ variant }: RetinaSpec): string =>
  variant === "hubble" ? "retina-hubble-chart" : "retina-chart";

const port = (number: number, service: string): NetworkPort => ({
  protocol: "tcp",
  port: number,
  service,
  loopback: false,
  source: "microsoft/retina v1.2.6, values.yaml of its charts: retinaPort, healthProbeBindAddress, metricsBindAddress",
});

/** Its tables in the kernel, which outlive the agent: microsoft/retina pkg/plugin/common/constants.go. */
export const retinaPins = ["/sys/fs/bpf/retina_filter", "/sys/fs/bpf/retina_conntrack"] as const;

/** Only looks: its programs hang on what its agent holds open, and go with it. */
export const retina: NetworkPart = {
  name: "Retina",
  inUse: ({ observability }) => observability.retina !== null,
  sources: (cluster) => ({ [retinaChartName(retinaOf(cluster))]: retinaOf(cluster).version }),
  versions: (cluster) => ({ retina: retinaOf(cluster).version }),
  kernelFeatures: (cluster) => [
    "retina",
    ...(pluginsOf(retinaOf(cluster))?.includes("packetparser") ? ["retina-packetparser"] : []),
  ],
  ports: (cluster) => [
    port(metricsPortOf(retinaOf(cluster)), "Retina metrics"),
    port(18080, "Retina's manager"),
    port(18081, "Retina's health"),
  ],
  overhead: () => 0,
  confFile: null,
  owns: {
    interfaces: [],
    nftTables: [],
    chains: [],
    ipSets: [],
    confFiles: [],
    paths: retinaPins,
  },
  // Which Kubernetes it goes with is a row of retinaCompatibility.ts: its project publishes no table.
  agent: null,
  programs: ["controller"],
  namespaces: [],
  policies: false,
};
