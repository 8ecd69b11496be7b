import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeConnect } from "../../../src/host/connect.ts";
import { loadInventory } from "../../../src/inventory/loadInventory.ts";
import { outcomeOfAnswer } from "../../../src/preflight/results.ts";
import { betweenNodes } from "../../../src/run/betweenNodes.ts";
import { Sessions } from "../../../src/run/sessions.ts";
import { objectName } from "../naming.ts";
import { sh } from "../shell.ts";
import { differences, takeSnapshot } from "../snapshot.ts";
import { Scenario } from "./scenario.ts";

/** Nodes ask each other before a cluster is and while it runs; what is broken on one way is found, and nothing else is accused. */
let it: Scenario;

beforeAll(async () => {
  it = await Scenario.open("between", { controlPlanes: 1, workers: 2 });
  it.inventory();
});
afterAll(() => it?.close());

/** Every finding but "yes, seen": "between/udp w-1: no cp-1 and w-2 to w-1 8472/udp". */
async function told(): Promise<{ readonly said: readonly string[]; readonly yes: number }> {
  const home = it.env.HOME ?? "/";
  const { cluster } = await loadInventory(`${it.folder}/cluster.yaml`, { cwd: it.folder, home });
  const sessions = new Sessions(makeConnect(cluster, { acceptNewHostKeys: false, env: it.env }));
  try {
    const results = await betweenNodes(
      sessions,
      { cluster },
      cluster.nodes.map(({ name }) => name),
    );
    const all = results.flatMap(({ check, node, findings }) =>
      findings.map(({ what, answer }) => ({
        outcome: outcomeOfAnswer(answer),
        line: `${check} ${node}: ${outcomeOfAnswer(answer)} ${what}`,
      })),
    );
    return {
      said: all.filter(({ outcome }) => outcome !== "yes").map(({ line }) => line),
      yes: all.filter(({ outcome }) => outcome === "yes").length,
    };
  } finally {
    await sessions.close();
  }
}

const input = (rule: string): string =>
  `nft add table inet broken; nft add chain inet broken input '{ type filter hook input priority 0; }'; nft add rule inet broken input ${rule}`;
const mended = "nft delete table inet broken";

/** Each is broken, seen and mended. */
const breaks = [
  {
    what: "UDP 8472 is dropped on w-1",
    breaks: () => it.on("w-1", input("udp dport 8472 drop")),
    mends: () => it.on("w-1", mended),
    said: ["between/udp w-1: no cp-1 and w-2 to w-1 8472/udp"],
  },
  {
    what: "TCP 10250 is dropped on w-1",
    breaks: () => it.on("w-1", input("tcp dport 10250 drop")),
    mends: () => it.on("w-1", mended),
    said: ["between/tcp w-1: no cp-1 to w-1 10250/tcp"],
  },
  {
    what: "TCP 6443 is rejected on cp-1, for w-2 alone",
    breaks: () => it.on("cp-1", input(`ip saddr ${it.lab.node("w-2").address} tcp dport 6443 reject`)),
    mends: () => it.on("cp-1", mended),
    said: ["between/tcp cp-1: no w-2 to cp-1 6443/tcp"],
  },
  {
    what: "w-1's interface has a smaller MTU",
    breaks: () => it.on("w-1", "ip link set eth0 mtu 1400"),
    mends: () => it.on("w-1", "ip link set eth0 mtu 1500"),
    said: ["between/mtu w-1: no cp-1 and w-2 to w-1"],
  },
  {
    what: "the way to and from w-1 is narrow, and the machines do not know",
    breaks: () => sh`ip link set ${objectName(it.lab.identity, "w-1")} mtu 1400`,
    mends: () => sh`ip link set ${objectName(it.lab.identity, "w-1")} mtu 1500`,
    said: ["between/mtu w-1: no cp-1 and w-2 to w-1", "between/mtu w-1: no w-1 to cp-1 and w-2"],
  },
  {
    what: "w-2 does not get to the registry",
    breaks: () => it.on("w-2", input("tcp sport 5000 drop")),
    mends: () => it.on("w-2", mended),
    said: [expect.stringMatching(/^between\/sources w-2: no registry 10\.77\.\d+\.254:5000$/)],
  },
];

const each = (): void => {
  test.each(breaks)("$what: that is named, and nothing else", async ({ breaks: broken, mends, said }) => {
    await broken();
    try {
      expect((await told()).said).toEqual(said);
    } finally {
      await mends();
    }
  });
};

describe("fresh machines", () => {
  test("all is well, and every machine is as it was", async () => {
    const look = async () => Promise.all(it.lab.nodes.map(({ name }) => takeSnapshot(it.lab, name)));
    const before = await look();
    const { said, yes } = await told();
    expect(said).toEqual([]);
    expect(yes).toBe(3 + 3 + 3 + 6);
    const after = await look();
    for (const [index, one] of before.entries()) expect(differences(one, after[index] ?? new Map())).toEqual([]);
  });

  each();

  test("what a process has is connected to, and left alone", async () => {
    await it.on("w-1", "systemd-run --quiet --unit holder systemd-socket-activate -l 10250 sleep 60");
    await it.on("w-1", "timeout 10 sh -c 'until ss -Hltn sport = :10250 | grep -q .; do sleep 0.1; done'");
    expect((await told()).said).toEqual([]);
    await it.on("w-1", "systemctl is-active --quiet holder && systemctl stop holder");
  });
});

describe("a cluster that runs", () => {
  beforeAll(() => it.expectRun(0, ["up", "--yes"]));

  test("is not accused of anything, and works on", async () => {
    expect((await told()).said).toEqual([]);
    await it.expectRun(0, ["verify"]);
  });

  each();
});
