import { imagesFact } from "../../facts/runtime.ts";
import { type Resource, resource } from "../resource.ts";

/** An image in containerd under its upstream name, with exactly this digest, so that no pod has to pull it. */
export function image(ref: string, digest: string): Resource {
  return resource(
    { images: imagesFact },
    {
      differs: ({ images }) => {
        const present = images.get(ref);
        if (present === digest) return [];
        const detail = present === undefined ? digest.slice(0, 19) : `${present.slice(0, 19)} -> ${digest.slice(0, 19)}`;
        return [{ what: "image", action: "pull", target: ref, detail }];
      },
      make: () => [{ kind: "image", ref, digest }],
      unmake: [],
    },
  );
}
