import type { Catalog } from "../artifacts/catalog.ts";
import type { ClusterSpec } from "../model/cluster.ts";
import { hardenedBuilds } from "./hardenedBuilds.ts";
import { compareBuilds, type HardenedTag, hardenedPrefix, parseHardenedTag } from "./hardenedTag.ts";
import { imageName } from "./imageName.ts";

/** What stands in for one of upstream's images in this cluster. */
export interface ChosenImage {
  /** As upstream names it. */
  readonly upstream: string;
  /** As it is pulled: `upstream`, or a rebuilt one. */
  readonly ref: string;
  /** Name of the rebuilt one ("flannel"); null: upstream's is used. */
  readonly build: string | null;
  /** The profile asks for a rebuilt one, it exists, but not of this version in this catalog: what the catalog has of it. null otherwise. */
  readonly missing: { readonly repository: string; readonly version: string; readonly tags: readonly string[] } | null;
}

/** The image that this cluster runs where a release names `upstream`. */
export function chooseImage(cluster: Pick<ClusterSpec, "images">, catalog: Catalog, upstream: string): ChosenImage {
  const asIs: ChosenImage = { upstream, ref: upstream, build: null, missing: null };
  if (cluster.images.profile === "upstream") return asIs;
  const { repository, tag } = imageName(upstream);
  for (const build of hardenedBuilds) {
    if (!build.upstream.includes(repository)) continue;
    const version = build.versionOf(tag ?? "");
    if (version === null) continue;
    const hardened = `${hardenedPrefix}${build.name}`;
    const tags = catalog.images.flatMap(({ ref }) => (ref.startsWith(`${hardened}:`) ? [ref.slice(hardened.length + 1)] : []));
    const found = newest(tags, version);
    if (found !== null) return { upstream, ref: `${hardened}:${found}`, build: build.name, missing: null };
    return { ...asIs, missing: { repository: hardened, version, tags } };
  }
  return asIs;
}

/** Among equal versions the newest build. A tag of another shape is no build: what it was made from is not known. */
function newest(tags: readonly string[], version: string): string | null {
  const fitting = tags
    .flatMap((tag): readonly [string, HardenedTag][] => {
      const parsed = parseHardenedTag(tag);
      // Of what this tool runs, every rebuilt image has the v that upstream's tag has.
      return parsed?.version === version && parsed.v ? [[tag, parsed]] : [];
    })
    .sort(([, a], [, b]) => compareBuilds(b, a));
  return fitting[0]?.[0] ?? null;
}
