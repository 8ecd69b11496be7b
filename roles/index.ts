import type { Step } from "../src/role/step.ts";
import { calico } from "./calico/index.ts";
import { canal } from "./canal/index.ts";
import { cilium } from "./cilium/index.ts";
import { cluster } from "./cluster/index.ts";
import { containerd } from "./containerd/index.ts";
import { controlPlane } from "./control-plane/index.ts";
import { dns } from "./dns/index.ts";
import { endpoint } from "./endpoint/index.ts";
import { flannel } from "./flannel/index.ts";
import { kubeProxy } from "./kube-proxy/index.ts";
import { kubernetes } from "./kubernetes/index.ts";
import { multus } from "./multus/index.ts";
import { network } from "./network/index.ts";
import { os } from "./os/index.ts";
import { retina } from "./retina/index.ts";
import { worker } from "./worker/index.ts";

/** What a node and a cluster must be, in order: the table of contents of a run. */
export const roles: readonly Step[] = [
  ...os,
  ...containerd,
  ...kubernetes,
  ...endpoint,
  ...controlPlane,
  ...worker,
  ...kubeProxy,
  ...flannel,
  ...canal,
  ...cilium,
  ...calico,
  ...multus,
  ...network,
  ...dns,
  ...retina,
  ...cluster,
];
