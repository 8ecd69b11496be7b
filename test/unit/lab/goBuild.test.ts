import { describe, expect, it } from "vitest";
import { components } from "../../lab/builds/components.ts";
import { commandName, dropImports, goMod } from "../../lab/builds/goBuild.ts";
import { kubernetes } from "../../lab/builds/kubernetes.ts";

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
    for (const { build, publish, archive, name } of components(["1.36.4", "1.35.4"])) {
      if ("script" in build) continue;
      const made = [
        ...Object.values(build.commands),
        ...Object.values(build.copy?.files ?? {}),
        ...(archive ? [archive.file] : []),
      ];
      for (const { file } of publish) expect(made, name).toContain(file);
    }
  });

  it("wait only for components that exist", () => {
    const all = components(["1.36.4"]);
    for (const { after } of all) if (after !== undefined) expect(all.map((component) => component.name)).toContain(after);
  });
});
