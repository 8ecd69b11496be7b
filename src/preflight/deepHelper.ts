import type { Catalog, FileArtifact, Platform } from "../artifacts/catalog.ts";
import { type Found, findFile } from "../artifacts/find.ts";
import { storePath, storeRoot } from "../artifacts/storePath.ts";
import { type Script, sh } from "../host/sh.ts";

/** The program that asks a kernel for its eBPF program and map types, brought for one look and taken away after it. */
export interface DeepHelper {
  readonly file: FileArtifact;
  /** Where it is unpacked: in the store, since /run is mounted noexec by the initramfs of Debian and Ubuntu. */
  readonly folder: string;
  /** What `bpfProbe` starts. */
  readonly program: string;
  /** Takes away the folder, a half-brought one, and the store's own folders when nothing else is in them. */
  readonly remove: Script;
}

const name = "bpftool";

/** The catalog's newest bpftool for `platform`; a catalog without one is a diagnostic: nothing is ever taken from elsewhere. */
export function deepHelper(catalog: Catalog, platform: Platform): Found<DeepHelper> {
  const versions = catalog.files.flatMap((file) => (file.name === name && file.platform === platform ? [file.version] : []));
  const newest = versions.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
  if (newest === undefined)
    return {
      missing: {
        severity: "error",
        code: "preflight/no-deep-helper",
        message: `--deep needs ${name} for ${platform}, which is not in the artifact catalog`,
        place: {},
        seen: `${name}: none for ${platform}`,
        hint: `add a ${name} that needs nothing of the machine to your mirror's catalog, or leave out --deep: program types are then inferred`,
      },
    };
  const { found: file, missing } = findFile(catalog, name, newest, platform);
  if (file === undefined) return { missing };
  const folder = storePath(file);
  return {
    found: {
      file,
      folder,
      program: `${folder}/${name}`,
      remove: sh`rm -rf ${folder} ${`${folder}.partial`}; rmdir ${storeRoot} ${storeRoot.slice(0, storeRoot.lastIndexOf("/"))} 2>/dev/null || true`,
    },
  };
}
