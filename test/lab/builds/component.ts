import type { FileArtifact } from "../../../src/artifacts/catalog.ts";

/** Commands built from Go modules, as any Go program that requires them would. */
export interface GoBuild {
  /** Module -> version, required together. */
  readonly modules: Readonly<Record<string, string>>;
  /** Package (or "./folder" of `sources`) -> file name of the command. */
  readonly commands: Readonly<Record<string, string>>;
  /** Files of our own beside go.mod. */
  readonly sources?: Readonly<Record<string, string>>;
  /** The module has its libraries in its own tree; their published twins stand at this version. */
  readonly staging?: { readonly module: string; readonly version: string };
  /** A module's one-file command compiled without some of its imports: the file, less those lines, stands in go.mod's tree `as`. */
  readonly without?: { readonly module: string; readonly file: string; readonly imports: readonly string[]; readonly as: string };
  /** Files taken from a module as they are: module, path in it -> file name. */
  readonly copy?: { readonly module: string; readonly files: Readonly<Record<string, string>> };
  /** Folders of a module as archives: path in it -> the archive, .tar or .tgz by its name, with the folder's content below `as`. */
  readonly pack?: {
    readonly module: string;
    readonly folders: Readonly<Record<string, { readonly file: string; readonly as: string }>>;
  };
  /** Module whose `replace` lines count, as they would in its own repository; those that name a folder of it do not. */
  readonly replacesOf?: string;
  /** Module -> its version, whoever asks for another. */
  readonly replace?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  /** "package.Variable" -> value, set at link time. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Linked with C, statically: it then runs on any distribution's libc. */
  readonly cgo?: boolean;
}

/** A shell script; sees WORK (scratch), OUT (results) and ROOTFS (the nodes' root file system, read only). */
export interface ScriptBuild {
  readonly script: string;
  readonly needsRootfs: boolean;
}

/** One of its results that a mirror serves; name and version are what a catalog calls it. */
export interface Published extends Omit<FileArtifact, "url" | "sha256"> {
  /** Below the build's folder. */
  readonly file: string;
}

/** What is built, cached and verified as one. Its data alone (with the Go version) makes its cache key. */
export interface Component {
  readonly name: string;
  readonly version: string;
  readonly build: GoBuild | ScriptBuild;
  /** A tar.gz of some of the commands, made after the build. */
  readonly archive?: { readonly file: string; readonly members: Readonly<Record<string, string>> };
  readonly publish: readonly Published[];
  /** Component that compiles what this one needs too. */
  readonly after?: string;
  /** Seconds on two cores, cold; the longest starts first. */
  readonly seconds: number;
}

export const componentId = (component: Component): string => `${component.name} ${component.version}`;

export const binary = (name: string, version: string): Published => ({
  name,
  version,
  platform: "linux/amd64",
  format: "binary",
  file: name,
});

/** The published archive of a component, `name` in the catalog. */
export function archived(name: string, version: string, members?: Readonly<Record<string, string>>): Published {
  const file = `${name}-${version}-linux-amd64.tar.gz`;
  return { name, version, platform: "linux/amd64", format: "tar.gz", file, ...(members === undefined ? {} : { members }) };
}
