import type { ClusterSpec, NodeSpec } from "../model/cluster.ts";
import { isAtLeast } from "../model/versions.ts";
import { partsOf } from "../network/parts.ts";
import { kernelOf } from "../network/proxyModes.ts";
import type { LinkType } from "./evidence.ts";
import type { KernelContext } from "./judge.ts";
import type { Feature } from "./requirement.ts";
import { features, findFeature, within } from "./requirements.ts";

/** Names of everything that can be asked of a kernel. */
export const allFeatures: readonly string[] = features.map(({ name }) => name);

/** KEP-5573: from this version on the kubelet refuses cgroup v1 unless told otherwise. */
const refusesCgroupV1 = "1.35.0";

/** What the inventory asks of this node's kernel. */
export function featuresOf(cluster: ClusterSpec, _node: NodeSpec): readonly string[] {
  const onlyV2 = isAtLeast(cluster.kubernetes.version, refusesCgroupV1) && cluster.kubelet.failCgroupV1;
  return [
    "kubelet",
    onlyV2 ? "cgroup-v2" : "cgroup",
    "containerd",
    ...kernelOf(cluster.network.kubeProxy.mode),
    ...partsOf(cluster).flatMap((part) => part.kernelFeatures(cluster)),
  ];
}

/** Versions the inventory names. Its networks are IPv4. */
export const contextOf = (cluster: ClusterSpec): KernelContext => ({
  versions: {
    kubernetes: cluster.kubernetes.version,
    containerd: cluster.containerd.version,
    ...Object.assign({}, ...partsOf(cluster).map((part) => part.versions(cluster))),
  },
  families: ["ip"],
});

/** What has to be tried, beside what is read, to answer for these features. Names that are not known need nothing. */
export function trialsOf(names: readonly string[]): {
  readonly nft: boolean;
  readonly links: readonly LinkType[];
  readonly bpf: boolean;
} {
  const needs = names
    .map(findFeature)
    .filter((one): one is Feature => one !== null)
    .flatMap((one) => one.requirements.flatMap((row) => within(row.need)));
  const links = new Set(needs.flatMap((need) => ("link" in need ? [need.link] : [])));
  return {
    nft: needs.some((need) => "nft" in need),
    links: [...links].sort(),
    bpf: needs.some((need) => "bpffs" in need || "program" in need || "map" in need),
  };
}
