/** "linux/amd64" | "linux/arm64" | "any" (manifests). */
export type Platform = "linux/amd64" | "linux/arm64" | "any";

/** One file that can reach a node: a bare binary, an archive of binaries, or a manifest. */
export interface FileArtifact {
  readonly name: string;
  /** Without a leading v. */
  readonly version: string;
  readonly platform: Platform;
  /** Absolute, or relative to the mirror's `url`. */
  readonly url: string;
  /** Lower-case hex of the file as downloaded. */
  readonly sha256: string;
  /** How to unpack: "binary" is the file itself, installed under `name`; "tar.gz" holds binaries; "text" is read, "chart" given to Helm: neither is installed. */
  readonly format: "binary" | "tar.gz" | "text" | "chart";
  /** tar.gz: member path in the archive -> file name when installed; absent: every regular file at its root, by its own name. */
  readonly members?: Readonly<Record<string, string>>;
}

/** One image. `ref` is the upstream name that pods use, whatever registry serves it. */
export interface ImageArtifact {
  readonly ref: string;
  /** "sha256:…" of the manifest or index; null only in the built-in catalog, where upstream publishes none: `provision images lock` resolves it. */
  readonly digest: string | null;
}

/** What a mirror or a bundle brings, as JSON: {"apiVersion": "provision/catalog/v1", "files": […], "images": […], "kubernetes": {…}}. */
export interface Catalog {
  readonly apiVersion: "provision/catalog/v1";
  readonly files: readonly FileArtifact[];
  readonly images: readonly ImageArtifact[];
  /** Kubernetes version -> what belongs to it; `kubeadm config images list` of that very binary is the authority. */
  readonly kubernetes: Readonly<Record<string, KubernetesSet>>;
  /** Which image serves as the node-local API proxy. */
  readonly proxyImage: string;
}

export interface KubernetesSet {
  readonly etcd: string; // image tag, e.g. "3.6.8-0"
  readonly coredns: string; // "v1.14.2"
  readonly pause: string; // "3.10.2"
  readonly crictl: string; // "1.36.0"
}
