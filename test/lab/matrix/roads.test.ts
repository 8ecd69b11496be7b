import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXPLAINED } from "../explained.ts";
import { type Inventory, Scenario } from "../scenarios/scenario.ts";
import { differences, type Snapshot, takeSnapshot } from "../snapshot.ts";
import { failed, requests, since, type Tally } from "../upgrade/clientScript.ts";
import { Stage } from "../upgrade/stage.ts";
import { atLeast, startTraffic, type Traffic } from "../upgrade/traffic.ts";
import { COUNTS, NAMESPACE } from "../upgrade/workload.ts";
import { heard } from "../upgradeFaults/heard.ts";

/** The network of a live cluster becomes another while everybody asks it for something. PROVISION_ROADS: only those whose name holds this text. */
const roads = [
  {
    name: "flannel -> Canal",
    mode: "nftables",
    to: { name: "canal", version: "3.28.5", flannel: "0.28.7" },
    first: "10-canal.conflist",
    device: "flannel.1",
    label: "canal",
  },
  {
    name: "flannel -> Calico",
    mode: "iptables",
    to: { name: "calico", version: "3.28.5", vxlan: { vni: 1, port: 8472 }, ipam: { blockSize: 24 } },
    first: "10-calico.conflist",
    device: "vxlan.calico",
    label: "calico",
  },
].filter(({ name }) => name.includes(process.env.PROVISION_ROADS ?? ""));

const nodes = ["cp-1", "w-1", "w-2"] as const;
const wanted = 10_000;
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");

describe.each(roads)("$name", ({ name, mode, to, first, device, label }) => {
  let it: Scenario;
  let stage: Stage;
  let traffic: Traffic;
  let begun: readonly Tally[];
  let fresh: readonly Snapshot[];

  const look = (): Promise<readonly Snapshot[]> => Promise.all(nodes.map((node) => takeSnapshot(it.lab, node)));
  const inventory = (cni: Readonly<Record<string, unknown>>, file?: string): string =>
    it.inventory((text: Inventory) => {
      text.network = { ...text.network, cni, kubeProxy: { ...text.network.kubeProxy, mode } };
    }, file);
  const labels = (): Promise<string> =>
    it.kubectl(
      `get nodes -o jsonpath='{range .items[*]}{.metadata.name}={.metadata.labels.provision/network}{.spec.unschedulable} {end}'`,
    );
  const lost = async (): Promise<readonly string[]> =>
    since(begun, await traffic.tallies()).flatMap(({ client, failures }) => failures.map((one) => `${client} ${one}`));

  beforeAll(async () => {
    it = await Scenario.open("road", { controlPlanes: 1, workers: 2 }, undefined, ["canal"]);
    inventory({ name: "flannel", version: "0.28.7" });
    fresh = await look();
    await it.expectRun(0, ["up", "--yes"]);
    stage = new Stage(it.lab, new AbortController().signal);
    traffic = await startTraffic(stage);
    begun = await traffic.tallies();
  });
  afterAll(async () => {
    await traffic?.stop();
    await it?.close();
  });

  test("up leaves it to upgrade, which tells what it is before it is asked for", async () => {
    const changed = inventory(to, "changed");
    const up = await it.expectRun(3, ["up", "--yes", "-i", changed]);
    expect(flat(up.stdout + up.stderr)).toContain("`provision upgrade` changes it, node by node");
    const { stdout, stderr } = await it.expectRun(3, ["upgrade", "-i", changed]); // not approved
    expect(flat(stdout + stderr)).toContain(
      `the cluster's network changes from ${name.replace("->", "to")}, node by node, 3 nodes`,
    );
    expect(flat(stdout + stderr)).toContain("no way back once the last node has changed");
  });

  test("a node that misses its gate goes back alone, and serves again with flannel", async () => {
    inventory(to);
    const run = it.start(["upgrade", "--yes"]);
    // Felix says there whether it is ready. Held earlier, the turn would not begin.
    await heard(run, /w-2 +network\/node +label w-2 provision\/network=none/);
    await it.on("w-2", "systemd-run -q --unit=holder --socket-property=ListenStream=127.0.0.1:9099 /bin/sleep infinity");
    const { code, stdout, stderr } = await run.ended;
    expect(code, `${stdout}${stderr}`).toBe(1);
    expect(flat(stdout + stderr)).toMatch(/w-2 network\/node .*w-2 runs what it ran before/);
    await it.on("w-2", "systemctl stop holder.socket holder.service");
    expect(await labels()).toBe(`cp-1=${label} w-1=${label} w-2=flannel`);
    const seen = await it.on("w-2", "ls /etc/cni/net.d; ip -o link; ip route; iptables-save; nft list tables");
    expect(seen).toContain("10-flannel.conflist");
    expect(seen).toContain("flannel.1");
    expect(seen).not.toMatch(new RegExp(`${first}|vxlan.calico|cali[0-9a-f]{11}|cali-|cali:|blackhole`));
    expect(await lost()).toEqual([]);
  });

  test("run again, it ends the change; nothing of flannel is left, and up has nothing to do", async () => {
    const { stdout } = await it.expectRun(0, ["upgrade", "--yes"]);
    console.log(`${name}: ${/^.*(?:Done|done) .*$/gm.exec(stdout)?.[0] ?? ""}`);
    expect(await lost()).toEqual([]);
    expect(await labels()).toBe("cp-1= w-1= w-2=");
    for (const node of nodes) {
      expect(await it.on(node, "ls /etc/cni/net.d | LC_ALL=C sort | head -n 1")).toBe(first);
      const seen = await it.on(
        node,
        "ls /etc/cni/net.d /opt/cni/bin; ip -o link; ip route; ls /var/lib/cni /var/lib/cni/networks; true",
      );
      expect(seen).toContain(device);
      expect(seen).not.toMatch(/10-flannel|cni0|cbr0/);
      if (device !== "flannel.1") {
        expect(seen).not.toContain("flannel");
        expect(await it.on(node, "iptables-save; nft list tables; ls /run")).not.toMatch(/flannel/i);
      }
    }
    const objects = await it.kubectl(
      "get namespaces,daemonsets,configmaps,clusterroles -A -o name; kubectl get nodes -o jsonpath={.items[*].metadata.annotations}{.items[*].metadata.labels}",
    );
    expect(objects).not.toMatch(/kube-flannel|provision-flannel/);
    if (device !== "flannel.1") expect(objects).not.toContain("flannel");
    expect((await it.expectRun(0, ["up", "--yes"])).stdout).toContain("Nothing to do");
    await it.expectRun(0, ["verify"]);
    const { stdout: seen } = await it.expectRun(0, ["verify", "--connectivity"]);
    expect(seen).toMatch(/^pod to pod +6 of 6/m);
    expect(seen).toMatch(/^policies +denied after .*, allowed after /m);
  });

  test(`${wanted} requests and more, and none failed`, async () => {
    const seen = await atLeast(stage, traffic, begun, wanted);
    console.log(`${name}: ${failed(seen)} failed requests of ${requests(seen)}`);
    expect(failed(seen)).toBe(0);
  });

  test("reset leaves nothing", async () => {
    await traffic.stop();
    await it.kubectl(`delete namespace ${NAMESPACE} --timeout=120s`);
    for (const node of nodes) await it.on(node, `rm -rf ${COUNTS}`);
    await it.expectRun(0, ["reset", "--confirm", "road"]);
    const left = (await look()).flatMap((after, index) => differences(fresh[index] as Snapshot, after, EXPLAINED));
    expect(left).toEqual([]);
  });
});
