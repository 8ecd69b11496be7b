import { afterAll, beforeAll, expect, test } from "vitest";
import { EXPLAINED } from "../explained.ts";
import { plannedChanges } from "../scenarios/kube.ts";
import { Scenario } from "../scenarios/scenario.ts";
import { differences, type Snapshot, takeSnapshot } from "../snapshot.ts";
import { MultusPods, withMultus } from "./multusPods.ts";

/** Multus beside flannel, from its first version to being taken away, under pods that have a second interface and use it all the time. */
const [older, newer] = ["4.2.0", "4.2.3"] as const;
let it: Scenario;
let pods: MultusPods;
let before: readonly Snapshot[];
const look = (): Promise<readonly Snapshot[]> => Promise.all(it.lab.nodes.map(({ name }) => takeSnapshot(it.lab, name)));

/** Runs `up` with these fields, and asks the pods what they noticed. */
async function changeTo(more: Readonly<Record<string, unknown>>): Promise<void> {
  it.inventory(withMultus(it, more));
  const { stdout } = await it.expectRun(0, ["up", "--yes"]);
  const seen = await pods.since();
  console.log(`${JSON.stringify(more)}: ${seen.lost} of ${seen.asked} requests over the second interface lost`);
  expect(seen.lost, stdout).toBe(0);
  await pods.expectUnmoved();
  await pods.expectFresh();
}

/** Which Multus the nodes run: "cp-1 v4.2.0-thick". */
const running = async (): Promise<readonly string[]> => {
  const text = await it.kubectl(
    "-n kube-system get pods -l name=multus -o jsonpath='{range .items[*]}{.spec.nodeName} {.spec.containers[0].image}{\"\\n\"}{end}'",
  );
  return text
    .split("\n")
    .map((line) => line.replace(/ .*multus-[a-z]+:([^@]+)@.*/, " $1"))
    .sort();
};
const everywhere = (tag: string): readonly string[] => ["cp-1", "w-1", "w-2"].map((name) => `${name} ${tag}`);

beforeAll(async () => {
  it = await Scenario.open("multus", { controlPlanes: 1, workers: 2 }, undefined, ["multus"]);
  pods = new MultusPods(it);
  before = await look();
  it.inventory(withMultus(it, { version: older }));
  await it.expectRun(0, ["up", "--yes"]);
  await pods.start();
});
afterAll(() => it?.close());

test("pods on every node have a second interface, in all pairs; nothing is left to do", async () => {
  expect(await running()).toEqual(everywhere(`v${older}-thick`));
  expect((await it.expectRun(0, ["up", "--yes"])).stdout).toContain("Nothing to do");
  const { stdout } = await it.expectRun(0, ["verify", "--connectivity"]);
  expect(stdout).toMatch(/^pod to pod +6 of 6/m);
});

test("a newer version and back: pods keep their interfaces and never miss an answer, new ones get theirs", async () => {
  await changeTo({ version: newer });
  expect(await running()).toEqual(everywhere(`v${newer}-thick`));
  await changeTo({ version: older });
  expect(await running()).toEqual(everywhere(`v${older}-thick`));
});

test("thick becomes thin only when it is wanted, and thick again", async () => {
  await changeTo({ version: newer });
  const thin = it.inventory(withMultus(it, { version: newer, kind: "thin" }));
  expect((await it.expectRun(3, ["up", "--yes", "-i", thin])).stdout).toContain("multus/kind");
  await changeTo({ version: newer, kind: "thin", reinstall: true });
  expect(await running()).toEqual(everywhere(`v${newer}`));
  expect(await it.on("w-1", "ls /opt/cni/bin /etc/cni/net.d")).not.toMatch(/multus-shim|01-multus/);
  await changeTo({ version: newer, kind: "thick", reinstall: true });
  expect(await running()).toEqual(everywhere(`v${newer}-thick`));
  expect((await it.on("w-1", "ls /opt/cni/bin")).split("\n")).not.toContain("multus");
});

test("pods deleted while they get their interfaces: none stays behind, and no address is lost", async () => {
  await pods.deletedWhileMade("w-1", 10);
  await pods.expectFresh();
  const held = await it.on("w-1", "cd /var/lib/cni/networks/lan-w-1 && ls | grep -c '^10[.]99[.]'");
  expect(held).toBe("1");
});

test("the API server is away for half a minute: pods begun before and made after come up whole", async () => {
  await pods.expectFresh(async (made) => {
    await pods.apply(made);
    await it.on(
      "cp-1",
      "mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/held.yaml; sleep 30; mv /root/held.yaml /etc/kubernetes/manifests/kube-apiserver.yaml",
    );
    await it.on(
      "cp-1",
      "export KUBECONFIG=/etc/kubernetes/admin.conf; for i in $(seq 120); do kubectl get --raw /readyz >/dev/null 2>&1 && exit 0; sleep 1; done; exit 1",
    );
  });
  await pods.expectUnmoved();
  await pods.expectFresh();
  await it.expectRun(0, ["verify"]);
});

test("a node whose Multus misses its gate goes back alone, and is brought on when the fault is gone", async () => {
  await changeTo({ version: older });
  // What the newer version's installer renames over; the older one copies into it.
  await it.on("w-2", "mount --bind /opt/cni/bin/multus-shim /opt/cni/bin/multus-shim");
  const inventory = it.inventory(withMultus(it, { version: newer }));
  const { stdout } = await it.expectRun(1, ["up", "--yes", "-i", inventory]);
  console.log(stdout.slice(-1500));
  expect(await running()).toEqual([`cp-1 v${newer}-thick`, `w-1 v${newer}-thick`, `w-2 v${older}-thick`]);
  expect((await pods.since()).lost).toBe(0);
  await pods.expectUnmoved();
  await pods.expectFresh();
  await it.on("w-2", "umount /opt/cni/bin/multus-shim");
  await changeTo({ version: newer });
  expect(await running()).toEqual(everywhere(`v${newer}-thick`));
});

test("taken out of the inventory: refused while pods use it, then gone with all it had, and pods start all the while", async () => {
  const without = it.inventory();
  expect((await it.expectRun(3, ["up", "--yes", "-i", without])).stdout).toContain("multus/in-use");
  await it.kubectl("delete pods -l kind=work --timeout=60s");
  expect((await plannedChanges(it, without)).filter((line) => line.startsWith("multus/aside"))).toHaveLength(6);
  await it.expectRun(0, ["up", "--yes", "-i", without]);
  for (const { name } of it.lab.nodes) {
    const left = await it.on(
      name,
      "ls -d /etc/cni/net.d/* /opt/cni/bin/* /run/* /var/lib/cni/* /var/lib/cni/networks/* /etc/cni/*",
    );
    expect(left).not.toMatch(/multus|passthru|k8s\.cni\.cncf\.io|lan-/);
  }
  await it.expectProof();
  expect((await it.expectRun(0, ["up", "--yes", "-i", without])).stdout).toContain("Nothing to do");
});

test("reset of a cluster with Multus leaves nothing", async () => {
  it.inventory(withMultus(it, { version: newer }));
  await it.expectRun(0, ["up", "--yes"]);
  await pods.start();
  await it.expectRun(0, ["reset", "--confirm", "multus"]);
  expect((await look()).flatMap((after, index) => differences(before[index] as Snapshot, after, EXPLAINED))).toEqual([]);
});
