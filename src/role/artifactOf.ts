import type { FileArtifact, KubernetesSet } from "../artifacts/catalog.ts";
import { type Found, findFile, findImage } from "../artifacts/find.ts";
import { chooseImage } from "../images/chooseImage.ts";
import { ProvisionError } from "../model/diagnostic.ts";
import type { Resource } from "./resource.ts";
import { image } from "./resources/image.ts";
import type { Target } from "./step.ts";

const orBlocked = <T>(found: Found<T>): T => {
  if (found.missing !== undefined) throw new ProvisionError([found.missing], 3);
  return found.found as T;
};

/** A file of the catalog for the nodes' platform. Throws ProvisionError (exit 3) when the catalog has none. */
export const artifactOf = (target: Target, name: string, version: string): FileArtifact =>
  orBlocked(findFile(target.catalog, name, version, "linux/amd64"));

/** An image of the catalog by its upstream name, pinned. Throws ProvisionError (exit 3) when the catalog has none, or no digest for it. */
export function pinnedImage(target: Target, ref: string): { ref: string; digest: string; pinned: string } {
  const { digest } = orBlocked(findImage(target.catalog, ref));
  if (digest === null) {
    const message = `the catalog has no digest for image ${ref}`;
    throw new ProvisionError(
      [
        {
          severity: "error",
          code: "artifact/no-digest",
          message,
          place: {},
          hint: "run `provision images lock` to look it up once and pin it",
        },
      ],
      3,
    );
  }
  return { ref, digest, pinned: `${ref}@${digest}` };
}

/** The catalog's reference of what this cluster runs where a release names `upstream`. */
export const usedImage = ({ cluster, catalog }: Target, upstream: string): string => chooseImage(cluster, catalog, upstream).ref;

export const imageOf = (target: Target, ref: string, namespace?: string): Resource => {
  const { digest } = pinnedImage(target, ref);
  return image(ref, digest, namespace);
};

/** What belongs to the cluster's Kubernetes version. Throws ProvisionError (exit 3) when the catalog does not know it. */
export function kubernetesSet(target: Target): KubernetesSet {
  const { version } = target.cluster.kubernetes;
  const set = target.catalog.kubernetes[version];
  if (set !== undefined) return set;
  const seen = Object.keys(target.catalog.kubernetes).join(", ");
  throw new ProvisionError(
    [
      {
        severity: "error",
        code: "artifact/not-in-catalog",
        message: `Kubernetes ${version} is not in the artifact catalog`,
        place: {},
        seen,
        hint: "take a version that is listed",
      },
    ],
    3,
  );
}
