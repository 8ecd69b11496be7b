import { describe, expect, test } from "vitest";
import { pluginTypes } from "../../../src/model/multus.ts";
import { multus as row } from "../../../src/network/multus.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { inventory, told } from "./read.ts";

const withMultus = () =>
  sampleCluster({ network: "{multus: {version: 4.2.3, attachments: [{name: lan, config: {type: macvlan, master: eth1}}]}}" });

describe("the inventory", () => {
  test("what macvlan needs of a kernel is asked, the manifest of its kind is fetched", () => {
    expect(row.kernelFeatures(withMultus())).toEqual(["multus-macvlan"]);
    expect(row.sources(withMultus())).toEqual({ "multus-thick-manifest": "4.2.3" });
    expect(withMultus().network.multus?.probe).toEqual({ kind: "macvlan", master: "eth1" });
    expect(sampleCluster({ network: "{multus: {}}" }).network.multus?.probe).toEqual({ kind: "attach" });
    expect(pluginTypes({ name: "a", namespace: "b", config: '{"plugins":[{"type":"vlan"},{"type":"tuning"}]}' })).toEqual([
      "vlan",
      "tuning",
    ]);
  });

  test.each([
    ["[{name: a, config: {type: multus-shim}}]", /attachments\[0\]\.config: Multus would call itself without end/],
    ["[{name: a, config: {type: macvlan}}, {name: a, config: {type: macvlan}}]", /default\/a is already attachments\[0\]/],
    ["[{name: a, config: {type: sriov}}]", /sriov is not one of the reference CNI plug-ins/],
    ["[{name: a, config: '{'}]", /is not a JSON object/],
    ["[{name: a, config: {master: eth0}}]", /says no plug-in/],
  ])("%s", (attachments, problem) => {
    expect(told(inventory(`network: {multus: {attachments: ${attachments}}}`))).toEqual([expect.stringMatching(problem)]);
  });
});
