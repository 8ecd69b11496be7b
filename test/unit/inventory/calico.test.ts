import { describe, expect, it } from "vitest";
import { changeConcerns, pairConcerns } from "../../../src/network/calicoVersions.ts";
import { inventory, read, told } from "./read.ts";

const with_ = (fields: string, mode = "iptables", more = ""): string =>
  inventory(`network: {${more}kubeProxy: {mode: ${mode}}, cni: {name: calico, ${fields}}}`);
const errors = (text: string): readonly string[] => told(text).filter((one) => !one.startsWith("warning: "));

describe("what is filled in", () => {
  it("nftables follows kube-proxy where the version can; routed networks get BGP, VXLAN none", () => {
    expect(read(with_("version: 3.32.1", "nftables")).network.cni).toMatchObject({
      dataplane: "nftables",
      bgp: null,
      typhaReplicas: 0,
    });
    expect(read(with_("version: 3.32.1", "iptables")).network.cni).toMatchObject({ dataplane: "iptables" });
    expect(read(with_("version: 3.32.1, encapsulation: ipip")).network.cni).toMatchObject({
      bgp: { asNumber: 64512, nodeMesh: true, peers: [] },
    });
  });

  it("Typha comes with the number of nodes, or when it is asked for", () => {
    expect(read(with_("version: 3.32.1, typha: {above: 1}")).network.cni).toMatchObject({ typhaReplicas: 1 });
    expect(read(with_("version: 3.32.1, typha: {replicas: 2}")).network.cni).toMatchObject({ typhaReplicas: 2 });
  });
});

describe("refused", () => {
  it.each([
    ["kube-proxy's nftables beside a Calico without", with_("version: 3.28.5", "nftables"), /nftables/],
    ["data planes that do not fit", with_("version: 3.31.6, dataplane: nftables"), /iptables|nftables/],
    ["nftables of a version that crashes", with_("version: 3.31.2", "nftables"), /3\.31\.6/],
    ["a version nobody knows", with_("version: 3.40.0"), /does not know Calico 3\.40/],
    [
      "a block size without blocks",
      with_("version: 3.32.1, ipam: {blockSize: 20}", "iptables", "pods: 10.0.0.0/20, "),
      /1 blocks of \/20, for 2 nodes/,
    ],
    ["an MTU that no interface carries", with_("version: 3.32.1, mtu: 9200"), /9200 bytes and 50 for vxlan/],
    ["no way to any pod", with_("version: 3.32.1, encapsulation: none, bgp: {nodeMesh: false}"), /no node learns the way/],
    [
      "a peer of a node that is not there",
      with_("version: 3.32.1, bgp: {peers: [{address: 192.0.2.1, asNumber: 1, nodes: [w-9]}]}"),
      /there is no node w-9/,
    ],
    ["more Typhas than nodes", with_("version: 3.32.1, typha: {replicas: 3}"), /3 do not fit on 2 nodes/],
    ["an unknown field", with_("version: 3.32.1, ippools: []"), /ippools/],
    ["a mask that is none", with_("version: 3.32.1, felix: {iptablesMarkMask: all}"), /mask/],
  ])("%s", (_what, text, message) => {
    expect(errors(text).join("\n")).toMatch(message);
  });

  it("and what is only untested is a warning with what is", () => {
    expect(told(with_("version: 3.30.3"))).toContainEqual(
      expect.stringMatching(/^warning: .*3\.30 is tested with Kubernetes 1\.31 to 1\.35, not with 1\.36 \(Calico 3\.32 is\)/),
    );
    expect(errors(with_("version: 3.32.1"))).toEqual([]);
  });
});

describe("rules of versions", () => {
  it("3.28.4 and newer need Kubernetes 1.25", () => {
    expect(pairConcerns("3.28.4", "1.24.17")).toContainEqual(
      expect.objectContaining({ code: "calico-kubernetes", severity: "error" }),
    );
    expect(pairConcerns("3.28.3", "1.24.17").some(({ code }) => code === "calico-kubernetes")).toBe(false);
  });

  it("a change within what is known is free; 3.32 has no way back, and says so until it is confirmed", () => {
    expect(changeConcerns("3.28.5", "3.31.6", false)).toEqual([]);
    expect(changeConcerns("3.31.6", "3.28.5", false)).toEqual([]);
    expect(changeConcerns("3.31.6", "3.32.1", false)).toMatchObject([{ severity: "error", code: "calico-no-way-back" }]);
    expect(changeConcerns("3.31.6", "3.32.1", true)).toEqual([]);
    expect(changeConcerns("3.32.1", "3.31.6", true)).toMatchObject([{ severity: "error", code: "calico-no-way-back" }]);
  });
});
