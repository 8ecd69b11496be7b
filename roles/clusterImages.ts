import { kubernetesSet } from "../src/role/artifactOf.ts";
import { imagesIn } from "../src/role/objects/kubeObject.ts";
import type { Target } from "../src/role/step.ts";
import { kubernetesImages } from "./kubernetes/index.ts";
import { networks } from "./networks.ts";

export const corednsImage = (target: Target): string => `registry.k8s.io/coredns/coredns:${kubernetesSet(target).coredns}`;

/** Every image the inventory's cluster runs, by upstream name, pinned or not. */
export function clusterImages(target: Target): readonly string[] {
  const { cluster, catalog } = target;
  const proxy = cluster.endpoint.kind === "node-local" ? [catalog.proxyImage] : [];
  const network = networks.filter(({ inUse }) => inUse(cluster)).flatMap((one) => imagesIn(one.objects(target)));
  return [...kubernetesImages(target, true), corednsImage(target), ...proxy, ...network];
}
