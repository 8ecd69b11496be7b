import { existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Catalog, FileArtifact, ImageArtifact, KubernetesSet } from "../../src/artifacts/catalog.ts";
import type { Built } from "./builds/ensureBuilt.ts";
import { VERSIONS } from "./builds/versions.ts";
import { cachePath, readJson, writeAtomically } from "./cache.ts";
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

/** Entries of other Kubernetes versions, built for another lab, stay as long as their files do. In an order that does not depend on what was built first. */
export function mergeCatalog(old: Catalog | null, now: Catalog, stillThere: (url: string) => boolean): Catalog {
  const { files, images, kubernetes } = old ?? { files: [], images: [], kubernetes: {} };
  const isKept = ([version]: [string, KubernetesSet]) =>
    now.kubernetes[version] === undefined && stillThere(`kubernetes/${version}/kubeadm`);
  const kept = Object.entries(kubernetes).filter(isKept);
  const versions = kept.map(([version]) => version);
  const oldFiles = files.filter((file) => file.url.startsWith("kubernetes/") && versions.includes(file.version));
  const isOld = (ref: string) =>
    versions.some((version) => ref.endsWith(`:v${version}`)) && !now.images.some((image) => image.ref === ref);
  const oldImages = images.filter((image) => isOld(image.ref));
  return {
    ...now,
    files: [...now.files, ...oldFiles].sort((a, b) => (a.url < b.url ? -1 : 1)),
    images: [...now.images, ...oldImages].sort((a, b) => (a.ref < b.ref ? -1 : 1)),
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
    mergeCatalog(readJson<Catalog>(path), makeCatalog(built, images), (url) => existsSync(join(mirrorRoot(), url)));
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
