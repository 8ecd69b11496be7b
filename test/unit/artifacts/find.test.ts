import { expect, test } from "vitest";
import { catalogSchema, describeIssues } from "../../../src/artifacts/catalogSchema.ts";
import { findFile, findImage } from "../../../src/artifacts/find.ts";
import { kubernetesImages, officialCatalog } from "../../../src/artifacts/officialCatalog.ts";
import { storePath } from "../../../src/artifacts/storePath.ts";
import {
  defaultCniPlugins,
  defaultFlannel,
  defaultRuntime,
  kubernetesMinors,
  newestKubernetes,
} from "../../../src/model/versions.ts";

const catalog = officialCatalog();

test("the built-in catalog keeps the rules of a mirror's, but for images without a digest", () => {
  const digest = `sha256:${"0".repeat(64)}`;
  const parsed = catalogSchema.safeParse({ ...catalog, images: catalog.images.map((image) => ({ ...image, digest })) });
  expect(parsed.success ? [] : describeIssues(parsed.error)).toEqual([]);
});

test.each(Object.entries(catalog.kubernetes))(
  "Kubernetes %s comes with its binaries, crictl and images, for both platforms",
  (version, set) => {
    for (const platform of ["linux/amd64", "linux/arm64"] as const) {
      for (const name of ["kubeadm", "kubelet", "kubectl"])
        expect(findFile(catalog, name, version, platform).missing).toBeUndefined();
      expect(findFile(catalog, "crictl", set.crictl, platform).missing).toBeUndefined();
    }
    for (const ref of kubernetesImages(version, set)) expect(findImage(catalog, ref).missing).toBeUndefined();
  },
);

test("what an inventory gets by default is there", () => {
  const wanted: [name: string, version: string][] = [
    ["cni-plugins", defaultCniPlugins],
    ["flannel-manifest", defaultFlannel],
  ];
  for (const { minor, defaultContainerd } of kubernetesMinors) {
    const runtime = defaultRuntime(`${minor}.0`, defaultContainerd);
    wanted.push(["containerd", runtime.containerd], ["runc", runtime.runc]);
  }
  expect(wanted.flatMap(([name, version]) => findFile(catalog, name, version, "linux/amd64").missing ?? [])).toEqual([]);
  expect(catalog.kubernetes).toHaveProperty([newestKubernetes]);
  expect(findImage(catalog, `ghcr.io/flannel-io/flannel:v${defaultFlannel}`).missing).toBeUndefined();
});

test("URLs are those of the releases", () => {
  expect(findFile(catalog, "kubelet", "1.36.4", "linux/arm64").found?.url).toBe(
    "https://dl.k8s.io/release/v1.36.4/bin/linux/arm64/kubelet",
  );
  expect(findFile(catalog, "cni-plugins", "1.9.1", "linux/amd64").found?.url).toBe(
    "https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz",
  );
  expect(new Set(catalog.files.map((file) => file.url)).size).toBe(catalog.files.length);
  expect(catalog.files.filter((file) => /[{}]/.test(file.url))).toEqual([]);
});

test("a manifest for any platform serves each", () => {
  expect(findFile(catalog, "flannel-manifest", "0.28.9", "linux/arm64").found?.format).toBe("text");
});

test("a miss lists what there is", () => {
  expect(findFile(catalog, "crictl", "1.30.0", "linux/amd64").missing).toMatchObject({
    code: "artifact/not-in-catalog",
    seen: "crictl: 1.36.0, 1.35.0, 1.34.0",
  });
  expect(findFile(catalog, "crun", "1.17", "linux/amd64").missing?.seen).toBe("crun: none");
  const amd64Only = { ...catalog, files: catalog.files.filter((file) => file.platform === "linux/amd64") };
  expect(findFile(amd64Only, "runc", "1.4.3", "linux/arm64").missing?.seen).toBe("runc 1.4.3 is there for linux/amd64 only");
  expect(findImage(catalog, "registry.k8s.io/pause:3.6").missing?.seen).toBe("registry.k8s.io/pause: 3.10.2, 3.10.1");
});

test("the store path tells builds of one version apart", () => {
  const file = { name: "runc", version: "1.4.3", sha256: "0123456789abcdef".repeat(4) };
  expect(storePath(file)).toBe("/opt/provision/store/runc-1.4.3-0123456789ab");
});
