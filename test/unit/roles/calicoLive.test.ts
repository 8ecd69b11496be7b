import { describe, expect, test } from "vitest";
import { calicoHealthy } from "../../../roles/calico/health.ts";
import type { ClusterSpec, NodeSpec } from "../../../src/model/cluster.ts";
import type { Condition } from "../../../src/role/action.ts";
import { FakeNode } from "../../../src/testing/fakeNode.ts";
import { calicoCluster, calicoHarness } from "./calicoSample.ts";
import { liveCluster } from "./sample.ts";

describe("what a live Calico may become", () => {
  const live = (image: string, spec: Readonly<Record<string, unknown>>) =>
    liveCluster({
      "kube calico": `docker.io/calico/node:${image}\n\n${JSON.stringify({ items: [{ metadata: { name: "default-ipv4-ippool" }, spec }] })}`,
    });
  const pool = { cidr: "10.244.0.0/16", blockSize: 26, ipipMode: "Never", vxlanMode: "Always" };
  const check = (cluster: ClusterSpec, image: string, spec: Readonly<Record<string, unknown>> = pool) =>
    calicoHarness(cluster).check("calico/change", null, live(image, spec));
  const fixed = (field: string) => ({
    status: "blocked",
    reasons: [{ code: "calico/fixed", message: expect.stringContaining(field), hint: expect.stringContaining("put ") }],
  });

  test("settings and VXLAN across subnets may change", () => {
    expect(check(calicoCluster("mtu: 1400, encapsulation: vxlan-cross-subnet"), "v3.28.5@sha256:aa")).toEqual({
      status: "ok",
      warnings: [],
    });
  });

  test.each([
    ["blockSize", "ipam: {blockSize: 27}", pool, "network.cni.ipam.blockSize"],
    ["the pods' network", "", { ...pool, cidr: "10.0.0.0/16" }, "network.pods"],
    ["the number of its VXLAN", "vxlan: {vni: 1}", pool, "network.cni.vxlan.vni: the nodes have 4096"],
    ["its port", "vxlan: {port: 8472}", pool, "network.cni.vxlan.port: the nodes have 4789"],
    ["encapsulation", "encapsulation: ipip", pool, "network.cni.encapsulation"],
  ])("%s may not, and the reason is told", (_what, fields, spec, field) => {
    expect(check(calicoCluster(fields), "v3.28.5", spec)).toMatchObject(fixed(field));
  });

  test("what its pods are told of VXLAN is what counts", () => {
    expect(check(calicoCluster("vxlan: {vni: 1, port: 8472}"), "v3.28.5|1|8472").status).toBe("ok");
    expect(check(calicoCluster(), "v3.28.5|1|8472")).toMatchObject({
      reasons: [{ hint: expect.stringContaining("put 1 back") }, { hint: expect.stringContaining("put 8472 back") }],
    });
  });

  test("a version nobody knows the way from, and one that cannot come back", () => {
    expect(check(calicoCluster(), "v3.20.1")).toMatchObject({ status: "blocked", reasons: [{ code: "calico/from" }] });
    expect(check(calicoCluster(), "v3.32.1")).toMatchObject({ status: "blocked", reasons: [{ code: "calico/no-way-back" }] });
  });

  test("a cluster without Calico has nothing to lose", () => {
    const nothing = liveCluster({ "kube calico": "\n\n" });
    expect(calicoHarness(calicoCluster()).check("calico/change", null, nothing)).toEqual({ status: "ok", warnings: [] });
  });
});

describe("MTU", () => {
  const node = (mtu: number) => {
    const links = "1: lo: <LOOPBACK,UP> mtu 65536 x\n2: eth0@if9: <BROADCAST,UP> mtu 1500 x\n";
    const said = (stdout: string) => ({ code: 0, stdout });
    const machine = new FakeNode(
      {},
      new Map([
        ["between link-mtus", said(links)],
        [
          "between routes 10.77.0.11 10.77.0.22",
          said("10.77.0.11 dev eth0 src 10.77.0.21\n10.77.0.22 dev eth0 src 10.77.0.21\n"),
        ],
      ]),
    );
    return calicoHarness(calicoCluster(`mtu: ${mtu}`)).check("calico/node@w-1", machine, liveCluster());
  };
  test("more than the interface carries is refused, with the most that fits", () => {
    expect(node(1480)).toMatchObject({
      status: "blocked",
      reasons: [{ code: "calico/mtu", hint: expect.stringContaining("1450") }],
    });
  });
  test("what fits is not", () => {
    expect(node(1450).status).toBe("change");
  });
});

describe("Felix's own word", () => {
  const [ready, first, sync] = calicoHealthy({
    ...calicoHarness(calicoCluster()).target,
    node: calicoCluster().nodes[1] as NodeSpec,
  });
  const told = (condition: Condition | undefined, stdout: string) => condition?.unmet({ code: 0, stdout, stderr: "" });

  test("ready, or which part of it is not", () => {
    expect(told(ready, "HTTP/1.0 204 No Content\r\n\r\n")).toBeNull();
    expect(told(ready, "")).toContain("nothing answers on 127.0.0.1:9099");
    const table = [
      "| COMPONENT | TIMEOUT | LIVENESS | READINESS | DETAIL |",
      "| CalculationGraph | 30s | reporting live | reporting ready | |",
      "| InternalDataplaneMainLoop | 1m30s | reporting live | reporting non-ready | iptables gone |",
    ].join("\n");
    expect(told(ready, `HTTP/1.0 503 Service Unavailable\r\n\r\n${table}`)).toBe(
      "it says it is not: InternalDataplaneMainLoop 1m30s reporting live reporting non-ready iptables gone",
    );
  });
  test("a file before Calico's makes pods of another network", () => {
    const conf = JSON.stringify({ name: "k8s-pod-network", plugins: [{ type: "calico" }] });
    expect(told(first, `10-calico.conflist\n${conf}`)).toBeNull();
    expect(told(first, `00-other.conf\n${conf}`)).toBe(
      "00-other.conf in /etc/cni/net.d comes before 10-calico.conflist: containerd takes that one",
    );
    expect(told(first, "")).toBe("there is no configuration in /etc/cni/net.d");
  });
  test("beside Multus, whose file is to be the first, Calico's own must be there all the same", () => {
    const beside = calicoCluster("", 2, "multus: {}");
    const [, own] = calicoHealthy({ ...calicoHarness(beside).target, node: beside.nodes[1] as NodeSpec });
    const conf = JSON.stringify({ name: "k8s-pod-network", plugins: [{ type: "calico" }] });
    expect(told(own, `00-multus.conf\n${conf}`)).toBeNull();
    expect(told(own, "00-multus.conf\n")).toBe("10-calico.conflist is not there yet");
    expect(told(own, `00-other.conf\n${conf}`)).toContain("00-other.conf");
  });
  test("in sync with the datastore, or what it waits for", () => {
    expect(told(sync, "felix_resync_state 3\n")).toBeNull();
    expect(told(sync, "felix_resync_state 2\n")).toBe("it resyncs");
    expect(told(sync, "felix_host 1\n")).toContain("does not tell");
  });
});
