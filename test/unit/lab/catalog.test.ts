import { describe, expect, it } from "vitest";
import { componentId } from "../../lab/builds/component.ts";
import { components } from "../../lab/builds/components.ts";
import { kubernetes } from "../../lab/builds/kubernetes.ts";
import { parseNetworks } from "../../lab/builds/networks.ts";
import { makeCatalog, mergeCatalog } from "../../lab/catalog.ts";
import { repositoryAndTag } from "../../lab/images/ociImage.ts";
import { imagesIn } from "../../lab/images/parts.ts";
import { images } from "../../lab/images/table.ts";

const digest = "a".repeat(64);
const built = (version: string) => {
  const component = kubernetes(version);
  return {
    component,
    folder: `/builds/${version}`,
    files: Object.fromEntries(component.publish.map(({ file }) => [file, digest])),
  };
};
const haproxy = { ref: "docker.io/library/haproxy:2.6.12", digest: `sha256:${digest}` };
const proxyOf = (version: string) => ({ ref: `registry.k8s.io/kube-proxy:v${version}`, digest: `sha256:${digest}` });

describe("makeCatalog", () => {
  it("names each published file with its digest and a url below the mirror", () => {
    const catalog = makeCatalog([built("1.36.4")], [haproxy]);
    expect(catalog.files).toContainEqual({
      name: "kubelet",
      version: "1.36.4",
      platform: "linux/amd64",
      format: "binary",
      url: "kubernetes/1.36.4/kubelet",
      sha256: digest,
    });
    expect(catalog.kubernetes["1.36.4"]?.pause).toBe("3.10.2");
    expect(catalog.proxyImage).toBe(haproxy.ref);
  });

  it("refuses a build without the file it was to publish, and a lab without a proxy", () => {
    expect(() => makeCatalog([{ ...built("1.36.4"), files: {} }], [haproxy])).toThrow("no such file");
    expect(() => makeCatalog([built("1.36.4")], [])).toThrow("haproxy");
  });
});

describe("mergeCatalog", () => {
  const whole = { file: () => true, image: () => true };
  const gone = { file: () => false, image: () => false };
  const old = makeCatalog([built("1.35.4")], [haproxy, proxyOf("1.35.4")]);
  const now = makeCatalog([built("1.36.4")], [haproxy, proxyOf("1.36.4")]);

  it("keeps another Kubernetes version as long as its files are there", () => {
    const merged = mergeCatalog(old, now, whole);
    expect(Object.keys(merged.kubernetes).sort()).toEqual(["1.35.4", "1.36.4"]);
    expect(merged.files).toHaveLength(6);
    expect(merged.images.map((image) => image.ref)).toEqual([haproxy.ref, proxyOf("1.35.4").ref, proxyOf("1.36.4").ref]);
    expect(mergeCatalog(merged, now, whole)).toEqual(merged);
  });

  it("keeps another lab's networks as long as their files and images are there, and no other old image", () => {
    const calico = { ref: "docker.io/calico/node:v3.28.5", digest: `sha256:${digest}` };
    const left = { ref: "docker.io/library/haproxy:2.6.11", digest: `sha256:${digest}` };
    const manifest = { name: "calico-manifest", version: "3.28.5", platform: "any", format: "text", sha256: digest } as const;
    const files = [{ ...manifest, url: "calico/3.28.5/calico-manifest.yaml" }];
    const before = { ...now, files: [...now.files, ...files], images: [...now.images, calico, left] };
    expect(mergeCatalog(before, now, whole)).toEqual({
      ...now,
      files: [...files, ...now.files].sort((a, b) => (a.url < b.url ? -1 : 1)),
      images: [calico, ...now.images],
    });
    expect(mergeCatalog(before, now, gone)).toEqual(mergeCatalog(null, now, gone));
  });

  it("keeps all that any network publishes, and a lab with it adds nothing of another's", () => {
    const all = parseNetworks(["all"]);
    const withAll = components(["1.36.4"], all).map((component) => ({
      component,
      folder: "/builds",
      files: Object.fromEntries(component.publish.map(({ file }) => [file, digest])),
    }));
    // haproxy's and flannel's names are read from what was built; both are in every lab, or tried above.
    const refsOf = (networks: typeof all) =>
      images(["1.36.4"], networks).flatMap(({ name, ref }) => (/^(haproxy|flannel)/.test(name) ? [] : [ref(() => "")]));
    const image = (ref: string) => ({ ref, digest: `sha256:${digest}` });
    const full = mergeCatalog(null, makeCatalog(withAll, [haproxy, ...refsOf(all).map(image)]), whole);
    const few = new Set(components(["1.36.4"], []).map(componentId));
    const plain = makeCatalog(
      withAll.filter(({ component }) => few.has(componentId(component))),
      [haproxy, ...refsOf([]).map(image)],
    );
    expect(plain.images.length).toBeLessThan(full.images.length);
    expect(mergeCatalog(full, plain, whole)).toEqual(full);
  });

  it("drops it when they are gone", () => {
    expect(mergeCatalog(old, now, gone)).toEqual(mergeCatalog(null, now, gone));
  });
});

describe("images", () => {
  it("lose their registry's host in a mirror", () => {
    expect(repositoryAndTag("registry.k8s.io/coredns/coredns:v1.14.2")).toBe("coredns/coredns:v1.14.2");
    expect(repositoryAndTag("docker.io/library/haproxy:2.6.12")).toBe("library/haproxy:2.6.12");
  });

  it("are what the manifest names, once each", () => {
    expect(imagesIn('  image: a.io/x:v1\n- image: "a.io/y:v2"\n  image: a.io/x:v1\n  imagePullPolicy: Always\n')).toEqual([
      "a.io/x:v1",
      "a.io/y:v2",
    ]);
  });

  it("exist for every network asked for, under the names its manifest or chart has", () => {
    const refs = images(["1.36.4"], parseNetworks(["calico", "cilium@1.18.5", "multus"]))
      .filter((image) => !/^flannel|^haproxy/.test(image.name))
      .map((image) => image.ref(() => ""));
    expect(refs).toEqual(
      expect.arrayContaining([
        "docker.io/calico/node:v3.28.5",
        "docker.io/calico/typha:v3.28.5",
        "quay.io/cilium/operator-generic:v1.18.5",
        "ghcr.io/k8snetworkplumbingwg/multus-cni:v4.2.0-thick",
        "docker.io/rancher/hardened-multus-cni:v4.2.3-build20260206",
      ]),
    );
    expect(refs.filter((ref) => ref.includes("v1.19.5"))).toEqual([]);
    expect(new Set(refs).size).toBe(refs.length);
  });

  it("exist for every Kubernetes version asked for", () => {
    const names = images(["1.36.4", "1.35.4"]).map((image) => image.name);
    expect(names).toContain("kube-apiserver 1.35.4");
    expect(new Set(names).size).toBe(names.length);
  });
});
