import { describe, expect, test } from "vitest";
import type { Catalog } from "../../../src/artifacts/catalog.ts";
import { lookScript } from "../../../src/facts/lookScript.ts";
import { allFeatures } from "../../../src/kernel/features.ts";
import type { CheckTarget } from "../../../src/preflight/check.ts";
import { factsOfChecks } from "../../../src/preflight/judgeNode.ts";
import { kernelChecks } from "../../../src/preflight/kernelChecks.ts";
import { sampleCluster } from "../sampleCluster.ts";

const target = (more: Partial<CheckTarget> = {}): CheckTarget => {
  const cluster = sampleCluster();
  return {
    cluster,
    node: cluster.nodes[0] as CheckTarget["node"],
    catalog: {} as Catalog,
    features: [],
    thorough: true,
    ...more,
  };
};
const asked = (of: CheckTarget): readonly string[] => kernelChecks.filter((one) => one.when?.(of)).map(({ name }) => name);
const keys = (of: CheckTarget): readonly string[] => [...new Set(factsOfChecks(kernelChecks, of).map(({ key }) => key))];

describe("the kernel's checks", () => {
  test("one for each feature; asked is what the inventory needs, and what is named besides", () => {
    expect(kernelChecks.map(({ name }) => name)).toEqual(allFeatures.map((name) => `kernel/${name}`));
    const plain = ["kubelet", "cgroup-v2", "containerd", "kube-proxy-nftables", "flannel-vxlan", "flannel-nftables"];
    expect(asked(target())).toEqual(plain.map((name) => `kernel/${name}`));
    expect(asked(target({ features: ["cilium-netkit"] }))).toEqual([...plain, "cilium-netkit"].map((name) => `kernel/${name}`));
  });

  test("however many features, each look and each trial is one script", () => {
    expect(keys(target()).map((key) => key.split(" ")[0])).toEqual(["kernel", "kernel/nft", "kernel/link"]);
    const all = target({ features: allFeatures });
    expect(keys(all).map((key) => key.split(" ")[0])).toEqual(["kernel", "kernel/nft", "kernel/link", "kernel/bpf"]);
    expect(lookScript(factsOfChecks(kernelChecks, all), "nonce").text.length).toBeLessThan(64 * 1024);
  });

  test("nothing is tried where only what can be read is wanted", () => {
    expect(keys(target({ thorough: false, features: allFeatures }))).toEqual(["kernel"]);
  });
});
