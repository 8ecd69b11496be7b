import { imagesFact } from "../../facts/runtime.ts";
import { type Resource, resource } from "../resource.ts";

/** An image in containerd under its upstream name, with exactly this digest, so that no pod has to pull it. Images of other namespaces are out of the kubelet's garbage collector's reach. */
export function image(ref: string, digest: string, namespace = "k8s.io"): Resource {
  return resource(
    { images: imagesFact(namespace) },
    {
      differs: ({ images }) => {
        const present = images.get(ref);
        if (present === digest) return [];
        const detail = present === undefined ? digest.slice(0, 19) : `${present.slice(0, 19)} -> ${digest.slice(0, 19)}`;
        return [{ what: "image", action: "pull", target: ref, detail }];
      },
      make: () => [{ kind: "image", ref, digest, namespace }],
      unmake: [],
    },
  );
}
