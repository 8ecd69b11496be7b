import { describe, expect, it } from "vitest";
import { inventory, read, told } from "./read.ts";

const cilium = (fields: string, mode = "nftables", version = "1.19.5"): string =>
  inventory(`network:
  kubeProxy: {mode: ${mode}}
  cni:
    name: cilium
    version: ${version}
${fields}`);
const untested =
  "warning: cluster.yaml:8:14: network.cni.version: Cilium 1.19 is tested with Kubernetes 1.31 to 1.34, not with 1.36";
const toldBeside = (text: string): readonly string[] => told(text).filter((line) => !line.startsWith("warning: "));

describe("Cilium in an inventory", () => {
  it("fills in what follows from kube-proxy's mode, and warns of a pair that is not tested", () => {
    expect(read(cilium("    routing: native", "none")).network.cni).toEqual({
      name: "cilium",
      version: "1.19.5",
      kubeProxyReplacement: true,
      routing: "native",
      ipam: "kubernetes",
      hubble: { enabled: false, relay: false, tls: true },
      upgradeCompatibility: null,
      values: {},
    });
    expect(told(cilium("    ipam: cluster-pool"))).toEqual([expect.stringContaining(untested)]);
  });

  it.each([
    [
      "an option that 1.18 has no more",
      "    values:\n      enableRuntimeDeviceDetection: true",
      "1.18.5",
      "cluster.yaml:10:7: network.cni.values: Cilium 1.18 has no enableRuntimeDeviceDetection any more (leave it out: it is always on)",
    ],
    [
      "one that 1.19 has no more, deep down",
      "    values:\n      nodePort:\n        enabled: true",
      "1.19.5",
      "cluster.yaml:11:9: network.cni.values: Cilium 1.19 has no nodePort.enabled any more (leave it out: it comes with kubeProxyReplacement)",
    ],
    [
      "a flag that 1.19 has no more",
      "    values:\n      extraConfig:\n        enable-node-port: 'true'",
      "1.19.5",
      /11:9: .*no extraConfig\.enable-node-port any more/,
    ],
    [
      "a value of a field",
      "    values:\n      routingMode: native",
      "1.19.5",
      /10:7: .*routingMode is set by this tool \(use network\.cni\.routing\)/,
    ],
    ["an unknown minor", "", "1.12.0", /8:14: .*nothing is known of Cilium 1\.12 \(use one of 1\.18, 1\.19, 1\.20\)/],
    ["a relay without flows", "    hubble: {relay: true}", "1.19.5", /the relay asks agents that keep no flows/],
    [
      "a relay whose certificates nobody makes",
      "    hubble: {enabled: true, relay: true}",
      "1.18.5",
      /makes certificates in a Helm hook/,
    ],
    ["defaults of a later minor", '    upgradeCompatibility: "1.20"', "1.19.5", /1\.20 is newer than Cilium 1\.19\.5/],
  ])("refuses %s", (_name, fields, version, expected) => {
    expect(toldBeside(cilium(fields, "nftables", version))).toEqual([
      typeof expected === "string" ? expected : expect.stringMatching(expected),
    ]);
  });

  it("takes what the chosen version still has", () => {
    expect(toldBeside(cilium("    values: {nodePort: {enabled: true}}", "nftables", "1.18.5"))).toEqual([]);
  });

  it("beside Multus leaves other files of /etc/cni/net.d alone, and refuses values that do not", () => {
    const beside = (values: string) => cilium(`    values: {cni: {exclusive: ${values}}}\n  multus: {}`);
    expect(toldBeside(beside("false"))).toEqual([]);
    expect(toldBeside(beside("true"))).toEqual([expect.stringContaining("9:31: network.cni.values: with cni.exclusive Cilium")]);
    expect(toldBeside(cilium("    values: {cni: {exclusive: true}}"))).toEqual([]);
  });
});
