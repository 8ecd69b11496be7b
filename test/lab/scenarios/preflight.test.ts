import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { differences, takeSnapshot } from "../snapshot.ts";
import { type Fault, readOnlySysctls, rounds } from "./preflightFaults.ts";
import { type Inventory, Scenario } from "./scenario.ts";

/** Machines that never saw a cluster, whole and broken: what is wrong is found where it is, nothing else is accused, and nothing changes. */
let it: Scenario;
beforeAll(async () => {
  it = await Scenario.open("preflight", { controlPlanes: 1, workers: 2 });
  it.inventory();
});
afterAll(() => it?.close());

/** The report as docs/preflight.md describes it. */
interface Report {
  readonly nodes: readonly { readonly name: string; readonly checks: readonly Check[] }[];
  readonly summary: Readonly<Record<string, unknown>>;
}
interface Check {
  readonly name: string;
  readonly answer: string;
  readonly by: string | null;
  readonly needed: boolean;
  readonly waived: { readonly reason: string } | null;
  readonly findings: readonly {
    readonly what: string;
    readonly answer: string;
    readonly severity: string | null;
    readonly why: string | null;
    readonly seen: string | null;
    readonly hint: string | null;
  }[];
}

async function report(code: number, ...args: readonly string[]): Promise<Report> {
  return JSON.parse((await it.expectRun(code, ["preflight", "--json", ...args])).stdout);
}

/** Every finding that is not a yes: "w-1 host/swap", what it is of, and all that is said. */
const doubts = ({ nodes }: Report) =>
  nodes.flatMap(({ name, checks }) =>
    checks.flatMap((check) =>
      check.findings
        .filter(({ answer }) => answer !== "yes")
        .map(({ what, answer, severity, why, seen, hint }) => ({
          where: `${name} ${check.name}`,
          what,
          words: `${severity ?? answer} ${why} ${seen} ${hint}`,
        })),
    ),
  );

/** What `takeSnapshot` leaves out as anybody's: temporary files, pinned programs, modules, tables of the old iptables. */
const ELSEWHERE = `find /tmp /var/tmp /dev/shm /sys/fs/bpf /run/netns -mindepth 1 -not -path '*/systemd-private-*' 2>/dev/null | sort
cat /proc/modules /proc/net/ip_tables_names /proc/net/ip6_tables_names /proc/sys/kernel/tainted 2>/dev/null; true`;

/** Runs it and requires every machine to be after it as before. */
async function untouched<T>(run: () => Promise<T>): Promise<T> {
  const look = () =>
    Promise.all(it.lab.nodes.map(async ({ name }) => [await takeSnapshot(it.lab, name), await it.on(name, ELSEWHERE)] as const));
  const before = await look();
  const result = await run();
  for (const [index, [snapshot, elsewhere]] of (await look()).entries()) {
    const [old, oldElsewhere] = before[index] ?? [new Map(), ""];
    expect(differences(old, snapshot)).toEqual([]);
    expect(elsewhere).toBe(oldElsewhere);
  }
  return result;
}

async function broken<T>(faults: readonly Fault[], run: () => Promise<T>): Promise<T> {
  await Promise.all(faults.map(({ node, breaks }) => it.on(node, breaks)));
  try {
    return await run();
  } finally {
    await Promise.all(faults.map(({ node, mends }) => it.on(node, mends)));
  }
}

/** What whole machines are told about when everything is asked: the kernel of the lab, and no fault. */
let usual: ReadonlySet<string>;

describe("whole machines", () => {
  test("what the inventory asks for is there: yes, or inferred, and nothing is left behind", async () => {
    const { nodes, summary } = await untouched(() => report(0));
    expect(doubts({ nodes, summary })).toEqual([]);
    expect(summary).toMatchObject({ ok: true, nodes: 3, blocked: 0, unknown: 0 });
    expect(nodes.map(({ name }) => name)).toEqual(["cp-1", "w-1", "w-2"]);
    for (const { checks } of nodes) {
      expect(checks.length).toBeGreaterThan(30);
      expect(checks.find(({ name }) => name === "kernel/kube-proxy-nftables")).toMatchObject({ answer: "yes", by: "seen" });
    }
  });

  test("asked for everything, each no names the option the kernel lacks, and blocks nothing", async () => {
    const all = await report(0, "--feature", "all", "--no-between");
    usual = new Set(doubts(all).map(({ where, what }) => `${where} ${what}`));
    const config = await it.on("cp-1", "zcat /proc/config.gz");
    const lacking = {
      "kube-proxy-ipvs": "IP_VS",
      "calico-ipip": "NET_IPIP",
      "calico-wireguard": "WIREGUARD",
      "cilium-netkit": "NETKIT",
    };
    for (const { name, checks } of all.nodes) {
      const feature = (one: string) => checks.find((check) => check.name === `kernel/${one}`);
      expect(feature("kube-proxy-nftables")).toMatchObject({ answer: "yes", by: "seen", needed: true });
      for (const [one, option] of Object.entries(lacking)) {
        expect(config).not.toContain(`CONFIG_${option}=`);
        expect(feature(one), one).toMatchObject({ answer: "no", needed: false });
        expect(doubts(all).find(({ where }) => where === `${name} kernel/${one}`)?.words).toContain(
          `CONFIG_${option} is not set in /proc/config.gz`,
        );
      }
      expect(checks.filter(({ needed, answer }) => needed && answer !== "yes")).toEqual([]);
    }
  });
});

describe("broken on purpose", () => {
  test.each(rounds.map((round) => ({ ...round, name: round.faults.map(({ what, node }) => `${node}: ${what}`).join("; ") })))(
    "$name",
    async ({ features, faults }) => {
      const blocks = faults.some(({ told }) => Object.values(told).some(([first]) => String(first).includes("^error")));
      const asked = features.flatMap((feature) => ["--feature", feature]);
      const said = await broken(faults, () => untouched(async () => doubts(await report(blocks ? 3 : 0, ...asked))));
      expectTold(faults, said);
    },
  );

  test("mended, nobody is accused any more", async () => {
    expect(doubts(await report(0))).toEqual([]);
  });
});

/** Exactly these checks of these machines speak, and say what they should. */
function expectTold(faults: readonly Fault[], said: ReturnType<typeof doubts>): void {
  const told = Object.assign({}, ...faults.map((fault) => fault.told)) as Fault["told"];
  const unusual = said.filter(({ where, what }) => !usual.has(`${where} ${what}`));
  expect([...new Set(unusual.map(({ where }) => where))].sort()).toEqual(Object.keys(told).sort());
  for (const [where, texts] of Object.entries(told)) {
    const words = unusual.flatMap((one) => (one.where === where ? one.words : [])).join("\n");
    for (const text of texts) expect(words).toMatch(text);
  }
}

test("what blocks preflight blocks plan and up in the same words; allowed, it is told with its reason and blocks nothing", async () => {
  const why = "net.ipv4.ip_forward must be 1 and cannot be set here";
  const reason = "forwarding is switched on by the platform";
  const flat = (text: string): string => text.replaceAll(/\s+/g, " ");
  await broken([readOnlySysctls], async () => {
    await untouched(async () => {
      expectTold([readOnlySysctls], doubts(await report(3)));
      for (const args of [["plan"], ["up", "--yes"]]) {
        const { stdout } = await it.expectRun(3, args);
        expect(flat(stdout)).toContain(why);
        expect(flat(stdout)).toMatch(/w-2 .*let \/proc\/sys be written/);
        expect(stdout).toContain("nothing was changed");
      }
    });
    it.inventory((inventory: Inventory) => {
      inventory.preflight = { allow: [{ check: "host/sysctls", node: "w-2", reason }] };
    });
    const allowed = await report(0);
    expect(allowed.summary).toMatchObject({ ok: true, blocked: 0, waived: 1 });
    const waived = allowed.nodes.flatMap(({ name, checks }) =>
      checks.flatMap((check) => (check.waived === null ? [] : [{ node: name, check: check.name, ...check.waived }])),
    );
    expect(waived).toEqual([{ node: "w-2", check: "host/sysctls", reason }]);
    const { stdout } = await it.expectRun(0, ["preflight"]);
    expect(stdout).toMatch(/^kernel settings +yes +yes +waived$/m);
    expect(flat(stdout)).toContain(`(allowed by the inventory: ${reason})`);
    expect(flat((await it.expectRun(2, ["plan"])).stdout)).toContain(reason);
  });
});
