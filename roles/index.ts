import { imageOf } from "../src/role/artifactOf.ts";
import { resourceStep } from "../src/role/resource.ts";
import type { Step } from "../src/role/step.ts";
import { cluster } from "./cluster/index.ts";
import { corednsImage } from "./clusterImages.ts";
import { containerd } from "./containerd/index.ts";
import { controlPlane } from "./control-plane/index.ts";
import { endpoint } from "./endpoint/index.ts";
import { flannel } from "./flannel/index.ts";
import { kubeProxy } from "./kube-proxy/index.ts";
import { kubernetes } from "./kubernetes/index.ts";
import { os } from "./os/index.ts";
import { worker } from "./worker/index.ts";

const dns: readonly Step[] = [
  resourceStep({
    id: "dns/image",
    summary: "cluster DNS's image is on the node",
    after: ["kubernetes/images"],
    resources: (target) => [imageOf(target, corednsImage(target))],
  }),
];

/** What a node and a cluster must be, in order: the table of contents of a run. */
export const roles: readonly Step[] = [
  ...os,
  ...containerd,
  ...kubernetes,
  ...endpoint,
  ...controlPlane,
  ...worker,
  ...kubeProxy,
  ...dns,
  ...flannel,
  ...cluster,
];
