import { describe, expect, it } from "vitest";
import { components } from "../../lab/builds/components.ts";
import { commandName, dropImports, goMod } from "../../lab/builds/goBuild.ts";
import { kubernetes } from "../../lab/builds/kubernetes.ts";
import { parseNetworks } from "../../lab/builds/networks.ts";

describe("commandName", () => {
  it("is what go build calls the file", () => {
    expect(commandName("k8s.io/kubernetes/cmd/kubeadm")).toBe("kubeadm");
    expect(commandName("go.etcd.io/etcd/server/v3")).toBe("server");
    expect(commandName("./coredns")).toBe("coredns");
  });
});

describe("goMod", () => {
  it("stands the staging modules at their published twins", () => {
    const build = kubernetes("1.36.4").build;
    if ("script" in build) throw new Error("kubernetes is a Go build");
    const upstream =
      "module k8s.io/kubernetes\n\ngo 1.26.0\n\nreplace (\n\tk8s.io/api => ./staging/src/k8s.io/api\n\tother.org/x => ./y\n)\n";
    expect(goMod(build, upstream)).toBe(
      "module lab.invalid/build\ngo 1.26.0\nrequire k8s.io/kubernetes v1.36.4\nreplace k8s.io/api => k8s.io/api v0.36.4\n",
    );
  });

  it("takes over what a module replaces by version, not what it replaces by folder", () => {
    const replaces =
      "replace github.com/a/b => github.com/c/b v1.2.3-1\n\nreplace (\n\tk8s.io/api => ./staging/api\n\tk8s.io/x v0.1.0 => k8s.io/x v0.29.15\n)\n";
    const build = { modules: { "m.org/m": "v1.0.0" }, commands: {}, replacesOf: "m.org/m", replace: { "m.org/api": "v0.0.1" } };
    expect(goMod(build, null, replaces).split("\n").slice(2, -1)).toEqual([
      "require m.org/m v1.0.0",
      "replace github.com/a/b => github.com/c/b v1.2.3-1",
      "replace k8s.io/x => k8s.io/x v0.29.15",
      "replace m.org/api => m.org/api v0.0.1",
    ]);
  });
});

describe("dropImports", () => {
  const source = 'import (\n\t_ "a/udp"\n\t_ "a/vxlan"\n)\n';

  it("takes out whole lines", () => {
    expect(dropImports(source, ["a/udp"])).toBe('import (\n\t_ "a/vxlan"\n)\n');
  });

  it("says when upstream no longer has one", () => {
    expect(() => dropImports(source, ["a/udp", "a/gre"])).toThrow("a/udp, a/gre");
  });
});

describe("components", () => {
  it("publish only what they make", () => {
    for (const { build, publish, archive, name } of components(["1.36.4", "1.35.4"], parseNetworks(["all"]))) {
      if ("script" in build) continue;
      const made = [
        ...Object.values(build.commands),
        ...Object.values(build.copy?.files ?? {}),
        ...Object.values(build.pack?.folders ?? {}).map(({ file }) => file),
        ...(archive ? [archive.file] : []),
      ];
      for (const { file } of publish) expect(made, name).toContain(file);
    }
  });

  it("wait only for components that exist", () => {
    const all = components(["1.36.4"], parseNetworks(["all"]));
    for (const { after } of all) if (after !== undefined) expect(all.map((component) => component.name)).toContain(after);
  });
});

describe("parseNetworks", () => {
  it("takes a network for all its versions, a version for itself, and a set of networks for what is in it", () => {
    expect(parseNetworks(["cilium@v1.18.5,multus@4.2.0", "canal"])).toEqual([
      "calico@3.28.5",
      "cilium@1.18.5",
      "flannel@0.28.4",
      "flannel@0.28.7",
      "multus@4.2.0",
    ]);
    expect(parseNetworks(["cilium", "cilium@1.18.5"])).toEqual(["cilium@1.18.5", "cilium@1.19.5"]);
    expect(parseNetworks([])).toEqual([]);
  });

  it("says what there is when asked for something else", () => {
    expect(() => parseNetworks(["antrea"])).toThrow("calico");
    expect(() => parseNetworks(["cilium@1.20.0"])).toThrow("1.19.5 and 1.18.5");
    expect(() => parseNetworks(["cilium@1.18.5@2"])).toThrow("no network");
  });
});
