import { type NetworkPick, picked } from "../builds/networks.ts";
import { VERSIONS } from "../builds/versions.ts";
import { calicoImages } from "./calico.ts";
import { ciliumImages } from "./cilium.ts";
import { flannelImages } from "./flannel.ts";
import { hardenedCalico, hardenedCommon, hardenedFlannel, hardenedMultus } from "./hardened.ts";
import { multusImages } from "./multus.ts";
import type { LabImage } from "./parts.ts";
import { retinaStandInImages } from "./retinaStandIn.ts";

const PLUGINS = `cni-plugins ${VERSIONS.cniPlugins}`;

/** Without those of the flannel that every lab has; with the hardened builds of what has one. */
export function networkImages(picks: readonly NetworkPick[]): readonly LabImage[] {
  const flannels = picked(picks, "flannel");
  return [
    ...(picks.length === 0 ? [] : hardenedCommon),
    ...flannels.filter((version) => version !== VERSIONS.flannel).flatMap(flannelImages),
    ...flannels.flatMap(hardenedFlannel),
    ...picked(picks, "calico").flatMap((version) => [...calicoImages(version, PLUGINS), ...hardenedCalico(version)]),
    ...picked(picks, "multus").flatMap((version) => [...multusImages(version), ...hardenedMultus(version)]),
    ...picked(picks, "cilium").flatMap((version) => ciliumImages(version, PLUGINS)),
    ...picked(picks, "retina").flatMap(retinaStandInImages),
  ];
}
