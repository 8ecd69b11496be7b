import type { Diagnostic } from "../model/diagnostic.ts";
import type { Catalog, FileArtifact, ImageArtifact, Platform } from "./catalog.ts";

/** What was looked for, or why it is not there, ready to be shown. */
export type Found<T> = { readonly found: T; readonly missing?: never } | { readonly found?: never; readonly missing: Diagnostic };

/** The file of that name and version for that platform; a file for "any" platform serves all. */
export function findFile(catalog: Catalog, name: string, version: string, platform: Platform): Found<FileArtifact> {
  const named = catalog.files.filter((file) => file.name === name);
  const fitting = named.filter((file) => file.platform === platform || file.platform === "any");
  const found = fitting.find((file) => file.version === version);
  if (found !== undefined) return { found };
  const elsewhere = named.filter((file) => file.version === version).map((file) => file.platform);
  return {
    missing: {
      severity: "error",
      code: "artifact/not-in-catalog",
      message: `${name} ${version} for ${platform} is not in the artifact catalog`,
      place: {},
      seen:
        elsewhere.length > 0
          ? `${name} ${version} is there for ${elsewhere.join(", ")} only`
          : `${name}: ${listed(fitting.map((file) => file.version))}`,
      hint: "take a version that is listed, or add this one to the mirror's catalog",
    },
  };
}

/** The image of exactly that reference. */
export function findImage(catalog: Catalog, ref: string): Found<ImageArtifact> {
  const found = catalog.images.find((image) => image.ref === ref);
  if (found !== undefined) return { found };
  const path = ref.slice(0, ref.lastIndexOf(":") + 1);
  const tags = catalog.images.filter((image) => image.ref.startsWith(path)).map((image) => image.ref.slice(path.length));
  return {
    missing: {
      severity: "error",
      code: "artifact/not-in-catalog",
      message: `image ${ref} is not in the artifact catalog`,
      place: {},
      seen: `${path.slice(0, -1)}: ${listed(tags)}`,
      hint: "take a version that is listed, or add this image to the mirror's catalog",
    },
  };
}

const listed = (versions: readonly string[]): string => (versions.length === 0 ? "none" : [...new Set(versions)].join(", "));
