import { kubernetesSet } from "../src/role/artifactOf.ts";
import type { Target } from "../src/role/step.ts";
import { flannelImages } from "./flannel/manifest.ts";
import { kubernetesImages } from "./kubernetes/index.ts";

export const corednsImage = (target: Target): string => `registry.k8s.io/coredns/coredns:${kubernetesSet(target).coredns}`;

/** Every image the inventory's cluster runs, by upstream name, pinned or not. */
export function clusterImages(target: Target): readonly string[] {
  const proxy = target.cluster.endpoint.kind === "node-local" ? [target.catalog.proxyImage] : [];
  return [...kubernetesImages(target, true), corednsImage(target), ...proxy, ...flannelImages(target)];
}
