import { describe, expect, it } from "vitest";
import { kubernetes } from "../../lab/builds/kubernetes.ts";
import { makeCatalog, mergeCatalog } from "../../lab/catalog.ts";
import { repositoryAndTag } from "../../lab/images/ociImage.ts";
import { images, imagesIn } from "../../lab/images/table.ts";

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
  const old = makeCatalog([built("1.35.4")], [haproxy, proxyOf("1.35.4")]);
  const now = makeCatalog([built("1.36.4")], [haproxy, proxyOf("1.36.4")]);

  it("keeps another Kubernetes version as long as its files are there", () => {
    const merged = mergeCatalog(old, now, () => true);
    expect(Object.keys(merged.kubernetes).sort()).toEqual(["1.35.4", "1.36.4"]);
    expect(merged.files).toHaveLength(6);
    expect(merged.images.map((image) => image.ref)).toEqual([haproxy.ref, proxyOf("1.35.4").ref, proxyOf("1.36.4").ref]);
    expect(mergeCatalog(merged, now, () => true)).toEqual(merged);
  });

  it("drops it when they are gone", () => {
    expect(mergeCatalog(old, now, () => false)).toEqual(mergeCatalog(null, now, () => false));
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

  it("exist for every Kubernetes version asked for", () => {
    const names = images(["1.36.4", "1.35.4"]).map((image) => image.name);
    expect(names).toContain("kube-apiserver 1.35.4");
    expect(new Set(names).size).toBe(names.length);
  });
});
