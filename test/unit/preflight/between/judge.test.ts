import { describe, expect, test } from "vitest";
import { judgeBetween } from "../../../../src/preflight/between/judgeBetween.ts";
import type { Leg } from "../../../../src/preflight/between/legs.ts";
import type { Sent } from "../../../../src/preflight/between/replies.ts";
import { sampleCluster } from "../../sampleCluster.ts";
import { heardOf, memberOf, type Network, toldOf } from "./heardOf.ts";

const three = sampleCluster();
const planes = sampleCluster({ controlPlanes: 3, workers: 1 });
const told = (network: Network, cluster = three): readonly string[] => toldOf(heardOf(cluster, network));
const to = (leg: Leg): string => (leg.protocol === "udp" ? leg.to : "to" in leg.aim ? leg.aim.to : leg.aim.outside.role);
const silence: Sent = { kind: "timeout" };

describe("a network that is all right", () => {
  test("says yes, seen, for every node", () => {
    expect(told({})).toEqual([]);
    const results = judgeBetween(heardOf(three));
    expect(results.map(({ check, node }) => `${check} ${node}`)).toEqual(
      ["tcp", "udp", "mtu", "sources"].flatMap((check) => ["cp-1", "w-1", "w-2"].map((node) => `between/${check} ${node}`)),
    );
  });

  test("says nothing of a node alone but what it reaches outside", () =>
    expect(judgeBetween(heardOf(sampleCluster({ workers: 0 }))).map(({ check }) => check)).toEqual(["between/sources"]));
});

describe("ports", () => {
  test("a kubelet that its control plane does not reach is named, and nothing else", () =>
    expect(told({ leg: (leg) => (leg.port === 10250 && to(leg) === "w-1" ? silence : undefined) })).toEqual([
      "between/tcp w-1: no cp-1 to w-1 10250/tcp",
    ]));

  test("an overlay port that is closed is its node's, not that of all who send", () =>
    expect(told({ leg: (leg) => (leg.port === 8472 && to(leg) === "w-1" ? 0 : undefined) })).toEqual([
      "between/udp w-1: no cp-1 and w-2 to w-1 8472/udp",
    ]));

  test("a node that hears no acknowledgement is not thought to send nothing", () => expect(told({ deaf: ["w-1"] })).toEqual([]));

  test("a listener that ended before its time is not taken for a firewall", () => {
    const heard = heardOf(three, {
      leg: (leg) => (to(leg) === "w-1" ? (leg.protocol === "tcp" ? { kind: "error", errno: 111 } : 0) : undefined),
    });
    const records = new Map([...heard.records, ["w-1", "its listener ended too early"] as const]);
    expect(toldOf({ ...heard, records })).toEqual([
      "between/tcp w-1: unknown to w-1 10250/tcp",
      "between/udp w-1: unknown to w-1 8472/udp",
      "between/mtu w-1: unknown cp-1 and w-2 to w-1",
    ]);
  });

  test("another machine that answers at a node's address is told as such", () => {
    const heard = heardOf(three, {
      leg: (leg) => (to(leg) === "cp-1" && leg.from === "w-2" && leg.port === 6443 ? { kind: "stranger" } : undefined),
    });
    expect(JSON.stringify(judgeBetween(heard))).toContain("something else than that node's listener answers");
  });

  const running = ["tcp/6443", "tcp/10250", "udp/8472"];

  test("a running cluster is seen to work, through its tunnels", () => {
    expect(told({ taken: running })).toEqual([]);
    const ways = heardOf(three, { taken: running }).legs.flatMap((leg) =>
      leg.protocol === "udp" ? [leg.through ?? "beside"] : [],
    );
    expect(ways.sort()).toEqual([...Array(6).fill("beside"), ...Array(6).fill("flannel.1")]);
  });

  test("a tunnel that is cut into one node is that node's; a port beside it stays well", () =>
    expect(
      told({
        taken: running,
        leg: (leg) => (leg.protocol === "udp" && leg.through !== null && to(leg) === "w-1" ? 0 : undefined),
      }),
    ).toEqual(["between/udp w-1: no cp-1 and w-2 to w-1 8472/udp"]));

  test("a tunnel through which nothing gets anywhere may be a remnant: nobody is accused", () =>
    expect(told({ taken: running, leg: (leg) => (leg.protocol === "udp" && leg.through !== null ? 0 : undefined) })).toEqual(
      ["cp-1", "w-1", "w-2"].map((node) => `between/udp ${node}: unknown to ${node} 8472/udp`),
    ));

  test("a tunnel is not accused where nothing arrives beside it either", () =>
    expect(told({ taken: running, leg: (leg) => (leg.protocol === "udp" && to(leg) === "w-1" ? 0 : undefined) })).toEqual([
      "between/udp w-1: unknown to w-1 8472/udp",
      "between/mtu w-1: unknown cp-1 and w-2 to w-1",
    ]));

  test("a node that is about to join is told once what cannot be tried", () => {
    const [, , joining] = three.nodes;
    if (joining === undefined) throw new Error("the sample has three nodes");
    expect(told({ taken: running, members: { "w-2": memberOf(three, joining) } })).toEqual([
      "between/udp w-2: unknown w-2 to cp-1 and w-1 8472/udp",
    ]);
  });

  test("a node that told nothing makes unknown what concerns it, and only that", () =>
    expect(told({ members: { "w-1": "the connection to w-1 was lost" } })).toEqual([
      "between/tcp w-1: unknown to w-1 10250/tcp",
      "between/udp w-1: unknown to w-1 8472/udp",
      "between/mtu cp-1: unknown w-1 to cp-1",
      "between/mtu w-1: unknown cp-1 and w-2 to w-1",
      "between/mtu w-2: unknown w-1 to w-2",
      "between/sources w-1: unknown registry 10.77.0.254:5000",
    ]));
});

describe("MTU", () => {
  const answerOf = (network: Network, cluster = three) =>
    judgeBetween(heardOf(cluster, network)).flatMap(({ check, findings }) =>
      check === "between/mtu" ? findings.flatMap(({ answer }) => (answer.says === "no" ? [answer] : [])) : [],
    );
  const narrowTo = (node: string, bytes: number): Network => ({
    leg: (leg) => (leg.protocol === "udp" && to(leg) === node ? bytes : undefined),
  });

  test("a narrow way to a node names the node and both numbers, and what flannel would take", () => {
    expect(told(narrowTo("w-1", 1372))).toEqual(["between/mtu w-1: no cp-1 and w-2 to w-1"]);
    const [answer] = answerOf(narrowTo("w-1", 1372));
    expect(answer).toMatchObject({ severity: "error" });
    expect(answer?.why).toBe(
      "packets of 1500 bytes that cp-1 and w-2 send to w-1 are lost, the largest that arrives has 1400; flannel follows the interface and gives pods 1450",
    );
  });

  test("where the interfaces differ, the odd one is what to change", () => {
    const [, worker] = three.nodes;
    if (worker === undefined) throw new Error("the sample has a worker");
    const [answer] = answerOf({ ...narrowTo("w-1", 1372), members: { "w-1": memberOf(three, worker, [], 1400) } });
    expect(answer?.hint).toContain("give eth0 of w-1 the MTU of the others, 1500");
    expect(answer?.seen).toContain("w-1 eth0: MTU 1400");
  });

  test("what is lost on the overlay's port alone is not lost to the path", () =>
    expect(told({ leg: (leg) => (leg.port === 8472 ? 0 : undefined) }).filter((line) => line.includes("mtu"))).toEqual([]));

  test("when nothing arrives at all, its size is not known", () =>
    expect(
      told({ leg: (leg) => (leg.protocol === "udp" && to(leg) === "w-1" ? 0 : undefined) }).filter((line) =>
        line.includes("mtu"),
      ),
    ).toEqual(["between/mtu w-1: unknown cp-1 and w-2 to w-1"]));

  test("without a network of this tool it is a doubt: nobody here knows what pods will send", () => {
    const plain = { ...three, network: { ...three.network, cni: { name: "none" } as const } };
    expect(answerOf(narrowTo("w-1", 1372), plain)[0]).toMatchObject({ severity: "warning" });
  });
});

describe("etcd's round trip", () => {
  const far =
    (a: string, b = "") =>
    (leg: Leg): Sent | undefined =>
      leg.protocol === "tcp" && [leg.from, to(leg)].includes(a) && (b === "" || [leg.from, to(leg)].includes(b))
        ? { kind: "ok", microseconds: 81_000 }
        : undefined;

  test("a member far from all others is named once, as a doubt", () =>
    expect(told({ leg: far("cp-2") }, planes)).toEqual(["between/etcd-latency cp-2: warning cp-2 to cp-1 and cp-3"]));

  test("two members far from each other are one doubt", () =>
    expect(told({ leg: far("cp-1", "cp-3") }, planes)).toEqual(["between/etcd-latency cp-3: warning cp-3 to cp-1"]));

  test("one slow handshake among quick ones is chance", () =>
    expect(told({ leg: (leg) => (leg.port === 2379 ? { kind: "ok", microseconds: 200_000 } : undefined) }, planes)).toEqual([]));

  test("without a connection it is not known", () =>
    expect(
      told({ leg: (leg) => (leg.protocol === "tcp" && to(leg) !== "registry" ? silence : undefined) }, planes).filter((line) =>
        line.includes("latency"),
      ),
    ).toEqual([
      "between/etcd-latency cp-1: unknown cp-1 to cp-2 and cp-3",
      "between/etcd-latency cp-2: unknown cp-2 to cp-1 and cp-3",
      "between/etcd-latency cp-3: unknown cp-3 to cp-1 and cp-2",
    ]));
});
