import { kubernetesSet, usedImage } from "../src/role/artifactOf.ts";
import { imagesIn } from "../src/role/objects/kubeObject.ts";
import type { Target } from "../src/role/step.ts";
import { imagesOf } from "./cluster/manifestSteps.ts";
import { kubeProxyImage, kubernetesImages } from "./kubernetes/index.ts";
import { manifests } from "./networks.ts";

export const upstreamDns = (target: Target): string => `registry.k8s.io/coredns/coredns:${kubernetesSet(target).coredns}`;

/** As the catalog has it. */
export const corednsImage = (target: Target): string => usedImage(target, upstreamDns(target));

/** Every image the inventory's cluster runs, as the catalog names it, pinned or not. */
export function clusterImages(target: Target): readonly string[] {
  const { cluster, catalog } = target;
  const proxy = cluster.endpoint.kind === "node-local" ? [catalog.proxyImage] : [];
  const network = manifests.filter(({ inUse }) => inUse(cluster)).flatMap((one) => imagesOf(one, target));
  return [...kubernetesImages(target, true), corednsImage(target), ...proxy, ...network];
}

/** Every image that releases and kubeadm name for this cluster, before a profile puts another in its place. */
export function upstreamImages(target: Target): readonly string[] {
  const network = manifests.filter(({ inUse }) => inUse(target.cluster)).flatMap((one) => imagesIn(one.objects(target)));
  const proxy = target.cluster.network.kubeProxy.mode === "none" ? [] : [kubeProxyImage(target)];
  return [...proxy, upstreamDns(target), ...network];
}
