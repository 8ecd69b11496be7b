import type { FileArtifact } from "./catalog.ts";

export const storeRoot = "/opt/provision/store";

/** Where a file artifact is installed on a node: one folder per content, so two versions, or two builds of one, never meet. */
export const storePath = (file: Pick<FileArtifact, "name" | "version" | "sha256">): string =>
  `${storeRoot}/${file.name}-${file.version}-${file.sha256.slice(0, 12)}`;
