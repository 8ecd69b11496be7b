import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { Finding } from "../../../../src/kernel/answer.ts";
import { fleetChecks } from "../../../../src/preflight/fleet/index.ts";
import { type Answered, factsOfFleetChecks, judgeFleet } from "../../../../src/preflight/judgeFleet.ts";
import { sampleCluster } from "../../sampleCluster.ts";

const cluster = sampleCluster({ controlPlanes: 3, workers: 2 });
const catalog = { apiVersion: "provision/catalog/v1", files: [], images: [], kubernetes: {}, proxyImage: "" } as const;

interface Machine {
  readonly machineId?: string;
  readonly product?: string;
  readonly container?: string;
  readonly mac?: string;
  readonly hostname?: string;
  readonly clock?: number;
  /** Instead of all the lines above. */
  readonly identity?: string;
}

/** "cp-1 fleet/machine-id error", … of machines that are all different but for what is said; answers that are a yes are left out. */
function told(broken: Readonly<Record<string, Machine>>): readonly string[] {
  return said(broken).map(
    ({ node, check, answer }) => `${node} ${check} ${answer.says === "no" ? answer.severity : answer.says}`,
  );
}

function said(broken: Readonly<Record<string, Machine>>): readonly (Finding & { node: string; check: string })[] {
  const machines: readonly Answered[] = cluster.nodes.map((node, index) => {
    const own = broken[node.name] ?? {};
    const hex = String(index + 1).padStart(2, "0");
    const identity = [
      `machine=${own.machineId ?? hex.repeat(16)}`,
      ...(own.product === "none" ? [] : [`product=${own.product ?? `4C4C4544-0000-1000-8000-0000000000${hex}`}`]),
      ...(own.container === undefined ? [] : [`container=${own.container}`]),
      `mac=${own.mac ?? `52:54:00:00:00:${hex}`} eth0`,
      "end=yes\n",
    ].join("\n");
    const host = `hostname=${own.hostname ?? node.name}\nclock=${own.clock ?? 1_795_281_600 + index}\n`;
    const target = { cluster, node, catalog, features: [], thorough: true };
    const replies = factsOfFleetChecks(fleetChecks, target).map(
      ({ key }) => [key, { code: 0, stdout: key === "host" ? host : (own.identity ?? identity) }] as const,
    );
    return { target, replies: new Map(replies) };
  });
  return judgeFleet(fleetChecks, machines).flatMap(({ node, check, findings }) =>
    findings.flatMap((finding) => (finding.answer.says === "yes" ? [] : [{ ...finding, node, check }])),
  );
}

describe("machines that must differ", () => {
  test("nothing is said of five that do", () => {
    expect(told({})).toEqual([]);
  });

  test("a copied disk: both are named, and only they", () => {
    const id = "0dfcb1ca3662387588d47ae548a99f54";
    const copied = { "cp-1": { machineId: id }, "w-2": { machineId: id } };
    expect(told(copied)).toEqual(["cp-1 fleet/machine-id error", "w-2 fleet/machine-id error"]);
    expect(said(copied)[0]?.answer).toMatchObject({ why: expect.stringContaining("w-2"), seen: id });
  });

  test("the product UUID of hardware, but not of containers that share it, nor a maker's placeholder", () => {
    const product = "4C4C4544-0000-1000-8000-AAAAAAAAAAAA";
    expect(told({ "w-1": { product }, "w-2": { product } })).toEqual([
      "w-1 fleet/product-uuid warning",
      "w-2 fleet/product-uuid warning",
    ]);
    const container = "systemd-nspawn";
    expect(told({ "w-1": { product, container }, "w-2": { product, container } })).toEqual([]);
    expect(told({ "w-1": { product: "none" }, "w-2": { product: "none" } })).toEqual([]);
    const maker = "03000200-0400-0500-0006-000700080009";
    expect(told({ "w-1": { product: maker }, "w-2": { product: maker } })).toEqual([]);
  });

  test("MAC addresses in whatever case, and hostnames", () => {
    expect(told({ "w-1": { mac: "52:54:00:AB:CD:EF" }, "w-2": { mac: "52:54:00:ab:cd:ef" } })).toEqual([
      "w-1 fleet/mac error",
      "w-2 fleet/mac error",
    ]);
    expect(told({ "w-1": { mac: "00:00:00:00:00:00" }, "w-2": { mac: "00:00:00:00:00:00" } })).toEqual([]);
    expect(told({ "w-1": { hostname: "localhost" }, "w-2": { hostname: "localhost" } })).toEqual([
      "w-1 fleet/hostname warning",
      "w-2 fleet/hostname warning",
    ]);
  });

  test("a machine that bears its own name is not at fault when another one bears it too", () => {
    expect(told({ "w-2": { hostname: "cp-1" } })).toEqual(["w-2 fleet/hostname warning"]);
  });

  test("no machine-id, or one that is none, is not one that is shared", () => {
    for (const machineId of ["", "uninitialized", "../../etc/passwd"])
      expect(told({ "w-1": { machineId }, "w-2": { machineId } })).toEqual([]);
  });

  test("a reply that breaks off makes that machine's answers unknown, and nobody else's", () => {
    expect(told({ "w-1": { identity: "machine=0dfc\n" } })).toEqual([
      "w-1 fleet/machine-id unknown",
      "w-1 fleet/product-uuid unknown",
      "w-1 fleet/mac unknown",
    ]);
  });
});

describe("clocks", () => {
  const at = (...offsets: readonly number[]): Readonly<Record<string, Machine>> =>
    Object.fromEntries(cluster.nodes.map(({ name }, i) => [name, { clock: 1_795_281_600 + (offsets[i] ?? 0) }]));
  test("one that is shifted is told, and which way", () => {
    expect(told(at(0, 1, 3600, 2, 1))).toEqual(["cp-3 fleet/clock error"]);
    expect(said(at(0, 1, 3600, 2, 1))[0]?.answer).toMatchObject({ why: "the clock is 3599 s ahead of most other nodes'" });
    expect(said(at(-86_400, 1, 0, 2, 1))[0]?.answer).toMatchObject({ why: "the clock is 86401 s behind most other nodes'" });
  });
  test("machines looked at one after the other are not accused", () => {
    expect(told(at(0, 40, 80, 120, 160))).toEqual([]);
  });
  test("when no group is the larger one, it is a doubt about all", () => {
    expect(told({ ...at(0, 0, 3600, 3600), "w-2": { clock: 0 } }).map((one) => one.replace(/^\S+ /, ""))).toEqual(
      Array.from({ length: 4 }, () => "fleet/clock warning"),
    );
  });
});

test("the scripts are POSIX shell", () => {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error("no node");
  for (const { script } of factsOfFleetChecks(fleetChecks, { cluster, node, catalog, features: [], thorough: true }))
    execFileSync("sh", ["-n"], { input: script.text });
});
