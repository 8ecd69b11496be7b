import { describe, expect, test } from "vitest";
import type { Leg } from "../../../../src/preflight/between/legs.ts";
import type { Sent } from "../../../../src/preflight/between/replies.ts";
import { sampleCluster } from "../../sampleCluster.ts";
import { heardOf, memberOf, type Network, toldOf } from "./heardOf.ts";

const three = sampleCluster();
const told = (network: Network, cluster = three): readonly string[] => toldOf(heardOf(cluster, network));
const to = (leg: Leg): string => (leg.protocol === "udp" ? leg.to : "to" in leg.aim ? leg.aim.to : leg.aim.outside.role);

describe("outside", () => {
  test("a registry that one node does not reach is that node's", () =>
    expect(
      told({ leg: (leg) => (to(leg) === "registry" && leg.from === "w-2" ? { kind: "error", errno: 111 } : undefined) }),
    ).toEqual(["between/sources w-2: no registry 10.77.0.254:5000"]));

  const balanced = sampleCluster({ extra: "endpoint: {kind: external, host: lb.example, port: 6443}" });
  const refused = (leg: Leg): Sent | undefined => (to(leg) === "endpoint" ? { kind: "error", errno: 111 } : undefined);

  test("a load balancer may refuse before there is an API server, and not after", () => {
    expect(told({}, balanced)).toEqual([]);
    expect(told({ leg: refused }, balanced)).toEqual(
      ["cp-1", "w-1", "w-2"].map((node) => `between/tcp ${node}: unknown endpoint lb.example:6443`),
    );
    expect(told({ leg: refused, taken: ["tcp/6443"] }, balanced)).toEqual(
      ["cp-1", "w-1", "w-2"].map((node) => `between/tcp ${node}: no endpoint lb.example:6443`),
    );
  });

  test("a name that a node cannot resolve is told before that", () => {
    const [, worker] = balanced.nodes;
    if (worker === undefined) throw new Error("the sample has a worker");
    const one = memberOf(balanced, worker);
    const lost = { ...one, survey: { ...one.survey, names: new Map([["lb.example", []]]) } };
    expect(told({ members: { "w-1": lost } }, balanced)).toEqual(["between/tcp w-1: warning endpoint lb.example:6443"]);
  });
});
