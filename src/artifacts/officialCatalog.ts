import type { Catalog, FileArtifact, ImageArtifact, KubernetesSet, Platform } from "./catalog.ts";
import official from "./official.json" with { type: "json" };

interface OfficialFile {
  /** Template over {version} and {arch}. */
  readonly url: string;
  readonly format: FileArtifact["format"];
  readonly members?: Readonly<Record<string, string>>;
  /** Version -> "amd64" | "arm64" | "any" -> lower-case hex. */
  readonly sha256: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The official releases this version knows, in the order of official.json: newest first. */
export function officialCatalog(): Catalog {
  const kubernetes: Record<string, KubernetesSet> = official.kubernetes;
  const refs = [
    ...Object.entries(kubernetes).flatMap(([version, set]) => kubernetesImages(version, set)),
    ...official.images,
    ...Object.entries(official.hardened).flatMap(([name, tags]) =>
      tags.map((tag) => `docker.io/rancher/hardened-${name}:${tag}`),
    ),
    official.proxyImage,
  ];
  return {
    apiVersion: "provision/catalog/v1",
    files: Object.entries(official.files).flatMap(([name, file]) => filesOf(name, file as OfficialFile)),
    images: [...new Set(refs)].map(imageOf),
    kubernetes,
    proxyImage: official.proxyImage,
  };
}

/** "quay.io/…:v1" or, where a release names it, "quay.io/…:v1@sha256:…". */
function imageOf(named: string): ImageArtifact {
  const [ref = "", digest = null] = named.split("@");
  return { ref, digest };
}

/** What `kubeadm config images list` of that version prints, in its order. */
export function kubernetesImages(version: string, set: KubernetesSet): string[] {
  const parts = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"];
  return [
    ...parts.map((part) => `registry.k8s.io/${part}:v${version}`),
    `registry.k8s.io/coredns/coredns:${set.coredns}`,
    `registry.k8s.io/pause:${set.pause}`,
    `registry.k8s.io/etcd:${set.etcd}`,
  ];
}

function filesOf(name: string, file: OfficialFile): FileArtifact[] {
  return Object.entries(file.sha256).flatMap(([version, digests]) =>
    Object.entries(digests).map(
      ([arch, sha256]): FileArtifact => ({
        name,
        version,
        platform: (arch === "any" ? "any" : `linux/${arch}`) as Platform,
        url: file.url.replaceAll("{version}", version).replaceAll("{arch}", arch),
        sha256,
        format: file.format,
        ...(file.members === undefined ? {} : { members: membersOf(file.members, arch) }),
      }),
    ),
  );
}

const membersOf = (members: Readonly<Record<string, string>>, arch: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(members).map(([member, program]) => [member.replaceAll("{arch}", arch), program]));
