import type { ClusterSpec } from "../../model/cluster.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { PlaceFinder } from "../placeFinder.ts";
import { addressRanges } from "./addressRanges.ts";
import { calico } from "./calico.ts";
import { canal } from "./canal.ts";
import { cilium } from "./cilium.ts";
import { containerdPair } from "./containerdPair.ts";
import { controlPlanes } from "./controlPlanes.ts";
import { endpointPort } from "./endpointPort.ts";
import { flannel } from "./flannel.ts";
import { kubeProxyMode } from "./kubeProxyMode.ts";
import { kubernetesVersion } from "./kubernetesVersion.ts";
import { labels } from "./labels.ts";
import { mirrorTrust } from "./mirrorTrust.ts";
import { multus } from "./multus.ts";
import { networksApart } from "./networksApart.ts";
import { retina } from "./retina.ts";
import type { Rule } from "./rule.ts";
import { taints } from "./taints.ts";
import { uniqueNodes } from "./uniqueNodes.ts";

const rules: readonly Rule[] = [
  kubernetesVersion,
  containerdPair,
  uniqueNodes,
  controlPlanes,
  networksApart,
  addressRanges,
  kubeProxyMode,
  flannel,
  canal,
  calico,
  cilium,
  multus,
  retina,
  endpointPort,
  labels,
  taints,
  mirrorTrust,
];

/** What all rules have to say. */
export const checkRules = (cluster: ClusterSpec, places: PlaceFinder): Diagnostic[] =>
  rules.flatMap((rule) => rule(cluster, places));
