import { calicoManifest } from "./calico/manifest.ts";
import { canalManifest } from "./canal/manifest.ts";
import { ciliumManifest } from "./cilium/manifest.ts";
import type { Manifest } from "./cluster/manifestSteps.ts";
import { flannelManifest } from "./flannel/manifest.ts";
import { multusManifest } from "./multus/manifest.ts";
import { retinaManifest } from "./retina/manifest.ts";

/** What makes the cluster's network, each from a release's own manifest or chart. */
export const networks: readonly Manifest[] = [flannelManifest, canalManifest, calicoManifest, ciliumManifest, multusManifest];

/** With what only looks at it, and which therefore nothing waits for. */
export const manifests: readonly Manifest[] = [...networks, retinaManifest];
