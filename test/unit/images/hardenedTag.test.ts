import { describe, expect, test } from "vitest";
import { chooseImage } from "../../../src/images/chooseImage.ts";
import { compareBuilds, parseHardenedTag } from "../../../src/images/hardenedTag.ts";
import { imageName } from "../../../src/images/imageName.ts";

describe("tags of rebuilt images", () => {
  test.each([
    ["v0.28.8-build20260722", { version: "0.28.8", v: true, patch: 0, built: "20260722" }],
    ["v1.36.3-rke2r1-build20260723", { version: "1.36.3", v: true, patch: 1, built: "20260723" }],
    ["v3.6.14-k3s1-build20260723", { version: "3.6.14", v: true, patch: 1, built: "20260723" }],
    ["1.26.8-build20260722", { version: "1.26.8", v: false, patch: 0, built: "20260722" }],
    ["v1.36.0-rc.1-rke2r1-build20260401", { version: "1.36.0-rc.1", v: true, patch: 1, built: "20260401" }],
  ])("%s", (tag, parsed) => {
    expect(parseHardenedTag(tag)).toEqual(parsed);
  });

  test.each([
    ["no day of a build", "v0.28.8"],
    ["a day that is none", "v0.28.8-build20260230"],
    ["too short a day", "v0.28.8-build2026072"],
    ["something behind it", "v0.28.8-build20260722-amd64"],
    ["a release's own spelling", "v1.36.3+rke2r1-build20260723"],
    ["the day before the patch", "v1.36.3-build20260723-rke2r1"],
    ["another patch than those known", "v1.36.3-suse1-build20260723"],
    ["two parts of a version", "v0.28-build20260722"],
    ["a floating tag", "latest"],
  ])("%s: not understood", (_, tag) => {
    expect(parseHardenedTag(tag)).toBeNull();
  });

  test("the newer day is the newer build, then the higher patch", () => {
    const tags = ["v1.36.1-rke2r1-build20260521", "v1.36.1-rke2r2-build20260521", "v1.36.1-rke2r9-build20260512"];
    const builds = tags.flatMap((tag) => parseHardenedTag(tag) ?? []);
    expect(builds.sort(compareBuilds).map(({ patch }) => patch)).toEqual([9, 1, 2]);
  });
});

describe("which image takes the place of upstream's", () => {
  const catalog = (...refs: readonly string[]) => ({
    apiVersion: "provision/catalog/v1" as const,
    files: [],
    images: refs.map((ref) => ({ ref: `docker.io/rancher/${ref}`, digest: null })),
    kubernetes: {},
    proxyImage: "",
  });
  const cluster = (profile: "upstream" | "hardened") => ({ images: { profile, strict: false } });
  const flannel = "ghcr.io/flannel-io/flannel:v0.28.4";
  const builds = catalog(
    "hardened-flannel:v0.28.4-build20260415",
    "hardened-flannel:v0.28.4-build20260511",
    "hardened-flannel:v0.28.5-build20260604",
    "hardened-flannel:v0.28.4",
    "hardened-flannel:0.28.4-build20260801",
    "hardened-cni-plugins:v1.9.1-build20260717",
    "hardened-multus-cni:v4.2.3-build20260206",
    "hardened-multus-thick:v4.2.3-build20260120",
    "hardened-kubernetes:v1.36.1-rke2r1-build20260512",
    "hardened-kubernetes:v1.36.1-rke2r2-build20260521",
  );
  const chosen = (upstream: string) => chooseImage(cluster("hardened"), builds, upstream);

  test("the newest build of exactly that version; tags that say no day or have another form are none", () => {
    expect(chosen(flannel)).toMatchObject({ ref: "docker.io/rancher/hardened-flannel:v0.28.4-build20260511", build: "flannel" });
  });

  test("images of one repository that do different things, and plug-ins that carry flannel's own number", () => {
    expect(chosen("ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.3").build).toBe("multus-cni");
    expect(chosen("ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.3-thick").build).toBe("multus-thick");
    expect(chosen("ghcr.io/flannel-io/flannel-cni-plugin:v1.9.1-flannel1").build).toBe("cni-plugins");
    expect(chosen("registry.k8s.io/kube-proxy:v1.36.1").ref).toMatch(/:v1\.36\.1-rke2r2-build20260521$/);
  });

  test("of another version there is none: upstream's, and what there is", () => {
    expect(chosen("ghcr.io/flannel-io/flannel:v0.28.9")).toMatchObject({
      ref: "ghcr.io/flannel-io/flannel:v0.28.9",
      build: null,
      missing: { repository: "docker.io/rancher/hardened-flannel", version: "0.28.9", tags: expect.arrayContaining(["v0.28.4"]) },
    });
  });

  test("what nobody rebuilds is upstream's, and nothing is missing", () => {
    for (const ref of ["registry.k8s.io/pause:3.10.2", "quay.io/calico/typha:v3.28.5", "registry.k8s.io/etcd:3.6.8-0"])
      expect(chosen(ref)).toEqual({ upstream: ref, ref, build: null, missing: null });
  });

  test("without the profile nothing is replaced", () => {
    expect(chooseImage(cluster("upstream"), builds, flannel).ref).toBe(flannel);
  });
});

test("names of images: a registry's port is no tag, a digest is one or nothing", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  expect(imageName(`r.example:5000/a/b:v1@${digest}`)).toEqual({ repository: "r.example:5000/a/b", tag: "v1", digest });
  expect(imageName("r.example:5000/a/b")).toEqual({ repository: "r.example:5000/a/b", tag: null, digest: null });
  expect(imageName("a.io/b:v1@sha256:short").digest).toBeNull();
});
