import { existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Catalog, FileArtifact, ImageArtifact, KubernetesSet } from "../../src/artifacts/catalog.ts";
import type { Built } from "./builds/ensureBuilt.ts";
import { NETWORK_COMPONENTS } from "./builds/networks.ts";
import { VERSIONS } from "./builds/versions.ts";
import { cachePath, readJson, writeAtomically } from "./cache.ts";
import { taggedDigest } from "./images/registry.ts";
import { LabError } from "./LabError.ts";
import type { Exclusive } from "./withCache.ts";

/** Path of a published file below the mirror's root. */
export const publishedPath = (built: Built, file: string): string => `${built.component.name}/${built.component.version}/${file}`;

const kubernetesSet = (version: string): KubernetesSet => ({
  etcd: VERSIONS.etcdTag,
  coredns: `v${VERSIONS.coredns}`,
  pause: version.startsWith("1.35.") ? VERSIONS.pauseBefore : VERSIONS.pause,
  crictl: VERSIONS.crictl,
});

/** What the mirror says it has; urls are relative to it. */
export function makeCatalog(built: readonly Built[], images: readonly ImageArtifact[]): Catalog {
  const files = built.flatMap((one) =>
    one.component.publish.map(({ file, ...artifact }): FileArtifact => {
      const sha256 = one.files[file];
      if (sha256 === undefined)
        throw new LabError(`${one.component.name} was to publish ${file}, but its build has no such file`);
      return { ...artifact, url: publishedPath(one, file), sha256 };
    }),
  );
  const proxy = images.find((image) => image.ref.includes("/haproxy:"));
  if (proxy === undefined) throw new LabError("no haproxy image among the lab's images");
  const versions = built.filter((one) => one.component.name === "kubernetes").map((one) => one.component.version);
  return {
    apiVersion: "provision/catalog/v1",
    files,
    images,
    kubernetes: Object.fromEntries(versions.map((version) => [version, kubernetesSet(version)])),
    proxyImage: proxy.ref,
  };
}

/** What still serves an old catalog's entry. */
export interface Found {
  /** A file below the mirror's root. */
  readonly file: (url: string) => boolean;
  /** An image, whole enough that its tag names the digest. */
  readonly image: (image: ImageArtifact) => boolean;
}

const NETWORK_REGISTRIES =
  /^(docker\.io\/(calico|rancher)|quay\.io\/cilium|ghcr\.io\/(flannel-io|k8snetworkplumbingwg)|lab\.invalid\/retina-stand-in)\//;

/**
 * Entries of other Kubernetes versions and networks, built for another lab, stay as long as what they name does.
 * In an order that does not depend on what was built first.
 */
export function mergeCatalog(old: Catalog | null, now: Catalog, found: Found): Catalog {
  const { files, images, kubernetes } = old ?? { files: [], images: [], kubernetes: {} };
  const kept = Object.entries(kubernetes).filter(
    ([version]) => now.kubernetes[version] === undefined && found.file(`kubernetes/${version}/kubeadm`),
  );
  const versions = kept.map(([version]) => version);
  const isOldFile = ({ url, version }: FileArtifact) => {
    if (url.startsWith("kubernetes/")) return versions.includes(version);
    return NETWORK_COMPONENTS.has(url.split("/")[0] ?? "") && !now.files.some((file) => file.url === url) && found.file(url);
  };
  const isOldImage = (image: ImageArtifact) => {
    if (now.images.some(({ ref }) => ref === image.ref)) return false;
    if (versions.some((version) => image.ref.endsWith(`:v${version}`))) return true;
    return NETWORK_REGISTRIES.test(image.ref) && found.image(image);
  };
  return {
    ...now,
    files: [...now.files, ...files.filter(isOldFile)].sort((a, b) => (a.url < b.url ? -1 : 1)),
    images: [...now.images, ...images.filter(isOldImage)].sort((a, b) => (a.ref < b.ref ? -1 : 1)),
    kubernetes: Object.fromEntries([...Object.entries(now.kubernetes), ...kept].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

export const mirrorRoot = (): string => cachePath("mirror");

/** Puts what is published below the mirror's root (hard links, no copies) and then the catalog that names it. */
export async function publish(built: readonly Built[], images: readonly ImageArtifact[], exclusive: Exclusive): Promise<void> {
  const path = join(mirrorRoot(), "catalog.json");
  const links = () =>
    built
      .flatMap((one) =>
        one.component.publish.map(({ file }) => [join(one.folder, file), join(mirrorRoot(), publishedPath(one, file))] as const),
      )
      .filter(([source, target]) => !existsSync(target) || statSync(target).ino !== statSync(source).ino);
  const catalog = () =>
    mergeCatalog(readJson<Catalog>(path), makeCatalog(built, images), {
      file: (url) => existsSync(join(mirrorRoot(), url)),
      image: ({ ref, digest }) => taggedDigest(ref) === digest,
    });
  if (links().length === 0 && isDeepStrictEqual(readJson<Catalog>(path), catalog())) return;
  await exclusive();
  for (const [source, target] of links()) {
    mkdirSync(dirname(target), { recursive: true });
    const temporary = `${target}.${process.pid}.tmp`;
    rmSync(temporary, { force: true });
    linkSync(source, temporary);
    renameSync(temporary, target);
  }
  writeAtomically(path, `${JSON.stringify(catalog(), null, 1)}\n`);
}
