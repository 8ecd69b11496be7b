import { sh } from "../host/sh.ts";
import type { Fact } from "./fact.ts";

/** Images containerd holds in a namespace ("k8s.io" is Kubernetes'): reference -> digest. Empty when containerd does not answer. */
export const imagesFact = (namespace: string): Fact<ReadonlyMap<string, string>> => ({
  key: `images ${namespace}`,
  // An emulated or busy processor takes seconds to start the program alone; a containerd that is off is not waited for.
  script: sh`! systemctl -q is-active containerd.service || timeout 20 ctr -n ${namespace} images ls`,
  parse: ({ stdout }) => {
    const images = new Map<string, string>();
    for (const line of stdout.split("\n").slice(1)) {
      const [ref, , digest] = line.split(/\s+/);
      if (ref !== undefined && digest !== undefined && /^sha256:[0-9a-f]{64}$/.test(digest)) images.set(ref, digest);
    }
    return images;
  },
});

/** Artifacts in the node's store, as absolute folder names: unpacked, and of the sizes noted then, which a power cut can undo. */
export const storeFact: Fact<ReadonlySet<string>> = {
  key: "store",
  script: sh`for d in /opt/provision/store/*; do if [ -e "$d/.complete" ] && [ "$(cd "$d" && stat -c '%s %n' *)" = "$(cat "$d/.complete")" ]; then printf '%s\\n' "$d"; fi; done`,
  parse: ({ stdout }) => new Set(stdout.split("\n").filter((line) => line !== "")),
};
