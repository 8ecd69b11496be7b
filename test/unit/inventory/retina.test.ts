import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { featuresOf } from "../../../src/kernel/features.ts";
import { withRetina } from "../../../src/network/renderRetina.ts";
import { portsOf } from "../../../src/preflight/host/nodePorts.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { inventory, told } from "./read.ts";

const retina = (fields: string, more = "") => inventory(`${more}\nobservability: {retina: {${fields}}}`);
const cilium = "network: {cni: {name: cilium, version: 1.19.5}}";
/** What is said of Retina, without what is said of its network. */
const of = (text: string) => told(text).filter((one) => /retina/i.test(one));

describe("observability.retina", () => {
  test.each([
    ["version: 1.2.6", "", []],
    ["version: 1.2.6", cilium, []],
    ["version: 1.3.0", "", [/nothing is known of Retina 1\.3\.0/]],
    ["version: 0.0.33", "", [/nothing is known of Retina 0\.0\.33/]],
    ["version: 1.2.9", "", [/Retina 1\.2\.9 is newer than 1\.2\.6/]],
    ["version: 1.2.0", "", [/Retina 1\.2\.0 has the client library of Kubernetes 1\.32, and the cluster is 1\.3/]],
    ["variant: hubble", "", []],
    ["variant: hubble", cilium, [/observability\.retina\.variant: .*CiliumEndpoints/, /packetparser hangs programs/]],
    ['values: {enabledPlugin_linux: ["dns"]}', "", [/enabledPlugin_linux: is to be a text that holds a JSON list/]],
    [`values: {enabledPlugin_linux: '["dnss"]'}`, "", [/Retina has no plug-in dnss on Linux/]],
    [`values: {enabledPlugin_linux: '["ciliumeventobserver"]'}`, "", [/reads the socket of Cilium's agent/]],
    [`values: {enabledPlugin_linux: '["ciliumeventobserver"]'}`, cilium, []],
    [`values: {enabledPlugin_linux: '["packetparser"]'}`, cilium, [/packetparser hangs programs/]],
    ["values: {retinaPort: 10250}", "", [/10250 is no port that is free on every node/]],
    ["values: {image: {tag: v1.2.5}}", "", [/values: image\.tag is set by this tool/]],
  ])("%s %s", (fields, more, problems) => {
    expect(of(retina(fields, more))).toEqual(problems.map((one) => expect.stringMatching(one)));
  });

  test("the page has the table as it is", () => {
    const page = readFileSync(new URL("../../../docs/retina.md", import.meta.url), "utf8");
    expect(page === withRetina(page), "docs/retina.md is out of date: run `npm run docs`").toBe(true);
  });

  test("what it asks of a kernel and of a node's ports follows its plug-ins and its values", () => {
    const cluster = (fields: string) => sampleCluster({ extra: `observability: {retina: {${fields}}}` });
    const [standard, hubble] = [cluster(""), cluster("variant: hubble, values: {retinaPort: 10193}")];
    const [node] = standard.nodes;
    if (node === undefined) throw new Error("the sample has no nodes");
    expect(featuresOf(standard, node)).toContain("retina");
    expect(featuresOf(standard, node)).not.toContain("retina-packetparser");
    expect(featuresOf(hubble, node)).toEqual(expect.arrayContaining(["retina", "retina-packetparser"]));
    expect(portsOf(standard, node).map(({ port }) => port)).toEqual(expect.arrayContaining([10093, 18080, 18081]));
    expect(portsOf(hubble, node).map(({ port }) => port)).toContain(10193);
  });
});
