/** The parts of an image reference: "ghcr.io/a/b:v1@sha256:…". */
export interface ImageName {
  /** With its registry: "ghcr.io/a/b". */
  readonly repository: string;
  readonly tag: string | null;
  /** "sha256:…". */
  readonly digest: string | null;
}

/** Of a reference in full; a port of a registry is not taken for a tag. */
export function imageName(ref: string): ImageName {
  const [name = "", digest = null] = ref.split("@", 2) as [string, string?];
  const colon = name.lastIndexOf(":");
  const hasTag = colon > name.lastIndexOf("/");
  return {
    repository: hasTag ? name.slice(0, colon) : name,
    tag: hasTag ? name.slice(colon + 1) : null,
    digest: digest !== null && /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : null,
  };
}
