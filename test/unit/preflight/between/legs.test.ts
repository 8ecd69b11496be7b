import { describe, expect, test } from "vitest";
import { assignment, legsOf, type Member, outsides, peersOf, portsToOpen } from "../../../../src/preflight/between/legs.ts";
import { portRequirements } from "../../../../src/preflight/between/requirements.ts";
import { sampleCluster } from "../../sampleCluster.ts";
import { memberOf } from "./heardOf.ts";

const membersOf = (cluster = sampleCluster(), taken: readonly string[] = []): ReadonlyMap<string, Member> =>
  new Map(cluster.nodes.map((node) => [node.name, memberOf(cluster, node, taken)]));

describe("what is asked of whom", () => {
  test("every requirement says where it comes from", () => expect(portRequirements.filter(({ source }) => !source)).toEqual([]));

  test("control planes open the API's port, everybody the kubelet's and the overlay's, and one more that is free", () => {
    const cluster = sampleCluster({ controlPlanes: 3, workers: 1 });
    const opened = cluster.nodes.map((node) => portsToOpen(cluster, cluster.nodes, node).join(" "));
    expect(opened[0]).toBe("tcp/6443 tcp/2379 tcp/2380 tcp/10250 udp/8472 udp/0");
    expect(opened[3]).toBe("tcp/10250 udp/8472 udp/0");
  });

  test("one control plane has no etcd to open to others, and no kubelet that another control plane asks", () => {
    const cluster = sampleCluster();
    const [plane] = cluster.nodes;
    expect(plane && portsToOpen(cluster, cluster.nodes, plane)).toEqual(["tcp/6443", "udp/8472", "udp/0"]);
  });

  test("a node alone opens nothing", () => {
    const cluster = sampleCluster({ workers: 0 });
    const [plane] = cluster.nodes;
    expect(plane && portsToOpen(cluster, cluster.nodes, plane)).toEqual([]);
  });

  test("without flannel's vxlan there is no overlay port", () => {
    const cluster = sampleCluster();
    const plain = { ...cluster, network: { ...cluster.network, cni: { name: "none" } as const } };
    const [, worker] = plain.nodes;
    expect(worker && portsToOpen(plain, plain.nodes, worker)).toEqual(["tcp/10250", "udp/0"]);
  });

  test("in a large fleet a worker talks to the control planes and its neighbours alone", () => {
    const { nodes } = sampleCluster({ controlPlanes: 3, workers: 200 });
    expect(peersOf(nodes, 100)).toHaveLength(3 + 8);
    expect(peersOf(nodes, 0)).toHaveLength(202);
    expect(peersOf(sampleCluster({ workers: 8 }).nodes, 5)).toHaveLength(8);
  });
});

describe("legs", () => {
  test("go both ways, and carry the largest payload that the interface takes whole", () => {
    const legs = legsOf(sampleCluster(), sampleCluster().nodes, membersOf()).filter((leg) => leg.protocol === "udp");
    expect(legs).toHaveLength(6 * 2);
    expect(new Set(legs.map(({ from, to }) => `${from} ${to}`)).size).toBe(6);
    expect(new Set(legs.map(({ bytes }) => bytes))).toEqual(new Set([1472]));
    expect(new Set(legs.map(({ id }) => id)).size).toBe(legs.length);
  });

  test("a TCP port in use is tried by connecting alone; a UDP port in use is left alone", () => {
    const cluster = sampleCluster();
    const legs = legsOf(cluster, cluster.nodes, membersOf(cluster, ["tcp/6443", "udp/8472"]));
    expect(
      legs.filter((leg) => leg.protocol === "tcp" && leg.port === 6443).map((leg) => "answers" in leg && leg.answers),
    ).toEqual([false, false]);
    expect(legs.filter(({ port }) => port === 8472)).toEqual([]);
  });

  test("a node's assignment has the run's words first, and only its own legs", () => {
    const cluster = sampleCluster();
    const legs = legsOf(cluster, cluster.nodes, membersOf());
    const lines = assignment(legs, { nonce: "aa", answer: "bb" }, "w-1", 1)?.trimEnd().split("\n") ?? [];
    expect(lines[0]).toBe("aa bb 1");
    expect(lines.slice(1)).toHaveLength(legs.filter(({ from }) => from === "w-1").length);
    expect(lines.slice(1).every((line) => /^(tcp|udp) \d+ [\d.]+ \d+ \d+$/.test(line))).toBe(true);
  });
});

describe("what is outside", () => {
  test("the registry; the mirror only where nodes fetch from it themselves", () => {
    const cluster = sampleCluster();
    expect(outsides(cluster).map(({ role, host, port }) => `${role} ${host}:${port}`)).toEqual(["registry 10.77.0.254:5000"]);
    if (cluster.artifacts.from !== "mirror") throw new Error("the sample has a mirror");
    const byNode = { ...cluster, artifacts: { ...cluster.artifacts, url: "https://mirror.example", delivery: "node" } as const };
    expect(outsides(byNode).map(({ role, host, port }) => `${role} ${host}:${port}`)).toEqual([
      "mirror mirror.example:443",
      "registry 10.77.0.254:5000",
    ]);
  });
});
