import type { Catalog } from "../artifacts/catalog.ts";
import { findImage } from "../artifacts/find.ts";
import type { ClusterSpec } from "../model/cluster.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { chooseImage } from "./chooseImage.ts";
import { notReplaced } from "./hardenedBuilds.ts";
import { hardenedPrefix } from "./hardenedTag.ts";
import { imageName } from "./imageName.ts";
import { type Origin, originOf } from "./origins.ts";

/** One image that the inventory's cluster runs. */
export interface WantedImage extends Origin {
  /** Last part of its repository: "flannel", "hardened-calico". */
  readonly component: string;
  /** As the catalog names it. */
  readonly ref: string;
  /** "sha256:…"; null: not pinned yet. */
  readonly digest: string | null;
  readonly hardened: boolean;
  /** With profile "hardened": why it is upstream's. null otherwise. */
  readonly why: string | null;
}

/** What `refs`, as the catalog names them, are. */
export const wantedImages = (cluster: ClusterSpec, catalog: Catalog, refs: readonly string[]): readonly WantedImage[] =>
  [...new Set(refs)].map((ref) => {
    const hardened = ref.startsWith(hardenedPrefix);
    const { repository } = imageName(ref);
    return {
      component: repository.slice(repository.lastIndexOf("/") + 1),
      ref,
      digest: findImage(catalog, ref).found?.digest ?? null,
      hardened,
      why: hardened || cluster.images.profile === "upstream" ? null : whyUpstream(cluster, catalog, ref),
      ...originOf(ref),
    };
  });

function whyUpstream(cluster: ClusterSpec, catalog: Catalog, ref: string): string {
  const { missing, build } = chooseImage(cluster, catalog, ref);
  if (missing !== null) return `the catalog has no ${missing.repository} of version ${missing.version}`;
  if (build !== null) return "kubeadm begins with it; the rebuilt one takes its place at once";
  return notReplaced[imageName(ref).repository] ?? "nobody rebuilds it";
}

/** What the profile asks for and the catalog does not have: one diagnostic an image, an error where the inventory is strict. */
export function missingBuilds(cluster: ClusterSpec, catalog: Catalog, upstream: readonly string[]): readonly Diagnostic[] {
  return [...new Set(upstream)].flatMap((ref): readonly Diagnostic[] => {
    const { missing } = chooseImage(cluster, catalog, ref);
    if (missing === null) return [];
    const { repository, version, tags } = missing;
    return [
      {
        severity: cluster.images.strict ? "error" : "warning",
        code: "images/no-hardened-build",
        message: `${ref} ${cluster.images.strict ? "would run" : "runs"} as its project built it: the catalog has no ${repository} of version ${version}`,
        place: { file: cluster.source },
        seen: `${repository}: ${tags.length === 0 ? "none" : tags.join(", ")}`,
        hint: cluster.images.strict
          ? "take a version that has a build, add one to the mirror's catalog, or set images.strict: false"
          : "take a version that has a build, or set images.strict: true to refuse this; tags without a day of build do not count",
      },
    ];
  });
}
