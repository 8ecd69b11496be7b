import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { allFeatures, featuresOf } from "../../../src/kernel/features.ts";
import { foldedInto, modulesOf } from "../../../src/kernel/options.ts";
import { parseRelease } from "../../../src/kernel/release.ts";
import { renderRequirements } from "../../../src/kernel/renderRequirements.ts";
import { asked, features, within } from "../../../src/kernel/requirements.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { factsOf } from "./samples.ts";

test("docs/kernel.md is what the requirements say", () => {
  const committed = readFileSync(new URL("../../../docs/kernel.md", import.meta.url), "utf8");
  expect(committed === renderRequirements(), "docs/kernel.md is out of date: run `npm run docs`").toBe(true);
});

describe("the requirements", () => {
  test("features have names of their own, titles that fit a table, and something to ask", () => {
    expect(new Set(allFeatures).size).toBe(allFeatures.length);
    for (const { name, title, summary, requirements } of features) {
      expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(title.length).toBeLessThanOrEqual(20);
      expect(summary).toMatch(/\.$/);
      expect(requirements.length).toBeGreaterThan(0);
    }
    expect(new Set(features.map(({ title }) => title)).size).toBe(features.length);
  });

  test("every row names its source and is told apart from the others that can apply with it", () => {
    for (const { name, requirements } of features) {
      const rows = requirements.map(
        ({ what, when, family }) => `${what} ${when?.component} ${when?.atLeast} ${when?.below} ${family}`,
      );
      expect([name, rows.filter((row, index) => rows.indexOf(row) !== index)]).toEqual([name, []]);
      for (const row of requirements)
        expect([name, row.what, row.source]).toEqual([name, row.what, expect.stringMatching(/^https:\/\/\S+/)]);
    }
  });

  test("kernels and versions in them are ones", () => {
    for (const need of features.flatMap(({ requirements }) => requirements.flatMap((row) => within(row.need)))) {
      if ("kernel" in need) expect(need.kernel).toMatch(/^\d+\.\d+(\.\d+)?$/);
      if ("kernel" in need && need.redhat !== undefined) expect(parseRelease(`${need.redhat}.el8`)?.numbers).toEqual([4, 18, 0]);
    }
  });

  test("modules are called what Debian calls them", () => {
    const { config, loadable, builtin } = factsOf("debian-6.1");
    const strange = asked.options
      .filter((name) => config?.options.get(name) === "m" && foldedInto(name) === null)
      .flatMap(modulesOf)
      .filter((module) => !loadable?.has(module) && !builtin?.has(module));
    expect(strange).toEqual([]);
    const noModule = asked.options.filter((name) => config?.options.get(name) === "m" && modulesOf(name).length === 0);
    expect(noModule).toEqual([]);
  });
});

describe("what an inventory asks of a kernel", () => {
  const of = (extra: string): readonly string[] => {
    const cluster = sampleCluster({ extra });
    return featuresOf(cluster, cluster.nodes[0] as never);
  };
  test("by default", () => {
    expect(of("")).toEqual(["kubelet", "cgroup-v2", "containerd", "kube-proxy-nftables", "flannel-vxlan", "flannel-nftables"]);
  });
  test("a kubelet that takes cgroup v1", () => {
    expect(of("kubelet: {failCgroupV1: false}")).toContain("cgroup");
    expect(of("kubelet: {failCgroupV1: false}")).not.toContain("cgroup-v2");
  });
  test("only names that are known", () => {
    expect(of("").filter((name) => !allFeatures.includes(name))).toEqual([]);
  });
});
