import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findFeature } from "../../../src/kernel/requirements.ts";
import type { ClusterSpec, CniSpec } from "../../../src/model/cluster.ts";
import { judgeProxyMode, modeRowOf, strandedBy } from "../../../src/network/judgeProxyMode.ts";
import { kernelOf, type ModeRow, modeLives, type ProxyMode, proxyModes } from "../../../src/network/proxyModes.ts";
import { withProxyModes } from "../../../src/network/renderProxyModes.ts";
import { sampleCluster } from "../sampleCluster.ts";

const modes = ["nftables", "iptables", "ipvs", "none"] as const;
const clusterWith = (cni: unknown, mode: ProxyMode, kubernetes = "1.34.11"): ClusterSpec => {
  const cluster = sampleCluster();
  return {
    ...cluster,
    kubernetes: { ...cluster.kubernetes, version: kubernetes },
    network: { ...cluster.network, cni: cni as CniSpec, kubeProxy: { ...cluster.network.kubeProxy, mode } },
  };
};
const told = (cni: unknown, mode: ProxyMode, kubernetes?: string): readonly string[] =>
  judgeProxyMode(clusterWith(cni, mode, kubernetes)).map(
    ({ severity, field, message }) => `${severity} ${field.at(-1)}: ${message}`,
  );

const flannel = (version: string, nftables: boolean) => ({ name: "flannel", version, backend: "vxlan", nftables });
const calico = (version: string, dataplane: string) => ({ name: "calico", version, dataplane });
const cilium = (kubeProxyReplacement: boolean) => ({ name: "cilium", version: "1.18.5", kubeProxyReplacement });

describe("the table", () => {
  test("answers for every network and mode, at every version, with one row and its source", () => {
    const versions = ["0.1.0", "0.25.0", "0.28.9", "3.28.5", "3.29.0", "3.30.7", "3.31.0", "3.32.1", "99.0.0"];
    for (const cni of new Set(proxyModes.map((row) => row.cni)))
      for (const mode of modes)
        for (const version of versions) {
          const fits = (row: ModeRow) => modeRowOf(clusterWith({ name: cni, version }, mode), [row]) !== null;
          expect([cni, mode, version, proxyModes.filter(fits).length]).toEqual([cni, mode, version, 1]);
        }
    for (const { source, state, because } of proxyModes) {
      expect(source).toMatch(/^https:\/\//);
      if (state === "no" || state === "preview") expect(because).toMatch(/\S{3}/);
    }
  });

  test("every mode has its kernel's requirements, but none", () => {
    for (const mode of modes) for (const name of kernelOf(mode)) expect(findFeature(name)?.name).toBe(name);
    expect(modes.filter((mode) => kernelOf(mode).length === 0)).toEqual(["none"]);
  });

  test("is what docs/kube-proxy.md shows", () => {
    const page = readFileSync(new URL("../../../docs/kube-proxy.md", import.meta.url), "utf8");
    expect(page === withProxyModes(page), "docs/kube-proxy.md is out of date: run `npm run docs`").toBe(true);
  });
});

describe("what is told", () => {
  test.each([
    [flannel("0.28.9", true), "nftables"],
    [flannel("0.28.9", false), "iptables"],
    [flannel("0.24.4", false), "nftables"],
    [calico("3.28.5", "iptables"), "iptables"],
    [calico("3.31.4", "nftables"), "nftables"],
    [cilium(false), "nftables"],
    [cilium(true), "none"],
    [{ name: "none" }, "nftables"],
  ] as const)("nothing of %o with %s", (cni, mode) => {
    expect(told(cni, mode)).toEqual([]);
  });

  test.each([
    [flannel("0.28.9", false), "none", /^error mode: .*none does not go with flannel 0.28.9: flannel does not program Services/],
    [flannel("0.28.9", false), "nftables", /^warning nftables: .*flannel writes iptables rules/],
    [calico("3.28.5", "iptables"), "nftables", /^error mode: .*nftables does not go with calico 3.28.5: .*before 3.29/],
    [calico("3.30.7", "nftables"), "nftables", /^warning mode: .*preview/],
    [calico("3.31.4", "iptables"), "nftables", /^error dataplane: .*must be nftables/],
    [calico("3.31.4", "nftables"), "iptables", /^error dataplane: .*must be iptables/],
    [calico("3.31.4", "iptables"), "none", /^error mode: .*eBPF/],
    [{ name: "canal", version: "3.28.5", flannel: "0.28.4" }, "none", /^error mode: .*Canal does not program Services/],
    [cilium(true), "nftables", /^error kubeProxyReplacement: .*Cilium replaces kube-proxy/],
    [cilium(false), "none", /^error kubeProxyReplacement: .*nobody programs Services/],
    [{ name: "none" }, "none", /^warning mode: .*nobody programs Services until/],
    [{ name: "weave", version: "2.8.1" }, "iptables", /^error mode: .*nothing is known of iptables with weave 2.8.1/],
  ] as const)("%o with %s", (cni, mode, expected) => {
    expect(told(cni, mode)).toEqual([expect.stringMatching(expected)]);
  });

  test("a mode that Kubernetes does not run by itself yet, or not for long any more", () => {
    expect(told({ name: "none" }, "nftables", "1.30.14")).toEqual([
      expect.stringMatching(/^error mode: .*1.31 and newer do \(KEP-3866\)/),
    ]);
    expect(told({ name: "none" }, "ipvs", "1.35.4")).toEqual([
      expect.stringMatching(/^warning mode: .*deprecated since Kubernetes 1.35/),
    ]);
    expect(told({ name: "none" }, "ipvs", "1.43.0")).toEqual([
      expect.stringMatching(/^error mode: .*gone from Kubernetes 1.43 on \(KEP-5495\)/),
    ]);
  });
});

describe("kube-proxy of an older version", () => {
  test("takes the place of one that runs nftables only if it knows that mode: its rules would stay", () => {
    expect(strandedBy("nftables", "1.28.15")).toMatch(/older than 1.29 .*KEP-3866/);
    expect(strandedBy("nftables", "1.29.0")).toBeNull();
    for (const mode of ["iptables", "ipvs", "none"] as const) expect(strandedBy(mode, "1.28.15")).toBeNull();
  });

  test("the first version of each mode is a minor", () => {
    for (const { first, known } of Object.values(modeLives)) expect(`${first} ${known}`).toMatch(/^1\.\d+ 1\.\d+$/);
  });
});
