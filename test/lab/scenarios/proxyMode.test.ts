import { afterAll, beforeAll, expect, test } from "vitest";
import { dnsQuestion } from "../../../src/facts/dnsQuestion.ts";
import { failed, requests, since, type Tally } from "../upgrade/clientScript.ts";
import { Stage } from "../upgrade/stage.ts";
import { atLeast, startTraffic, type Traffic } from "../upgrade/traffic.ts";
import { heard } from "../upgradeFaults/heard.ts";
import { waitFor } from "../waitFor.ts";
import { Scenario } from "./scenario.ts";

/** kube-proxy's mode changes on a live cluster while requests come in over ClusterIP, name and NodePort, from pods and from outside. */
let it: Scenario;
let stage: Stage;
let traffic: Traffic;
let before: readonly Tally[];
const nodes = ["cp-1", "w-1", "w-2"] as const;
const wanted = 10_000;

beforeAll(async () => {
  it = await Scenario.open("proxy-mode", { controlPlanes: 1, workers: 2 });
  it.inventory();
  await it.expectRun(0, ["up", "--yes"]);
  stage = new Stage(it.lab, new AbortController().signal);
  traffic = await startTraffic(stage);
  before = await traffic.tallies();
});
afterAll(async () => {
  await traffic?.stop();
  await it?.close();
});

const to = (mode: string): string =>
  it.inventory((inventory) => {
    inventory.network.kubeProxy.mode = mode;
  });
const modeOf = async (node: string): Promise<string> =>
  it.on(node, "curl -s --max-time 3 http://127.0.0.1:10249/proxyMode || true");
const modes = async (): Promise<readonly string[]> => Promise.all(nodes.map(modeOf));
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");
const noneFailed = async (): Promise<void> => {
  const seen = since(before, await traffic.tallies());
  expect(seen.flatMap(({ client, failures }) => failures.map((one) => `${client} ${one}`))).toEqual([]);
};

/** What of the other mode, and of a change, is on a node. */
const left = (node: string): Promise<string> =>
  it.on(node, "nft list tables | grep -e kube-proxy; iptables-save | grep -e '^:[A-Z]*KUBE-' | sort; ls /run/provision; true");

/** One connection through a ClusterIP, on which questions go out without end; one line in the file for each answer. */
const connection = `systemd-run -q --unit=long-connection bash -c 'exec 3<>/dev/tcp/10.96.0.10/53 || exit 1
while printf "${dnsQuestion("kubernetes.default.svc.cluster.local").replaceAll("\\", "\\\\")}" >&3; do
  n=$(timeout 10 head -c 2 <&3 | od -An -tu1 | awk "{print \\$1 * 256 + \\$2}"); [ "\${n:-0}" -gt 0 ] || exit 2
  timeout 10 head -c "$n" <&3 >/dev/null || exit 3; echo answered >>/run/long-connection; sleep 3
done'`;

test("nftables -> iptables -> nftables, node by node: no request fails, a connection goes on, each mode's rules are gone after", async () => {
  await it.on("w-1", `rm -f /run/long-connection; ${connection}`);
  for (const mode of ["iptables", "nftables"]) {
    const { stdout } = await it.expectRun(0, ["up", "--yes", "-i", to(mode)]);
    expect(flat(stdout)).toContain("a copy of its service rules serves until the new ones stand");
    expect(flat(stdout)).toContain(
      mode === "iptables" ? "NodePorts answer on 127.0.0.1 in mode iptables" : "kube-proxy opens no holes in a host firewall",
    );
    expect(await modes()).toEqual([mode, mode, mode]);
    for (const node of nodes) {
      const seen = await left(node);
      expect(seen).not.toMatch(/provision-kube-proxy|OLDKUBE|kube-proxy-copy/);
      expect(seen.includes("table ip kube-proxy")).toBe(mode === "nftables");
      expect(/:KUBE-(SVC|SERVICES|NODEPORTS|MARK-MASQ)/.test(seen)).toBe(mode === "iptables");
      expect(seen).toContain(":KUBE-KUBELET-CANARY"); // the kubelet's, and none of kube-proxy's business
    }
    await it.expectRun(0, ["verify"]);
    await it.expectRun(0, ["plan"]);
    await noneFailed();
  }
  const state = await it.on(
    "w-1",
    "systemctl is-active long-connection; wc -l </run/long-connection; systemctl stop long-connection",
  );
  expect(state).toMatch(/^active\n/);
  expect(Number(state.split("\n")[1])).toBeGreaterThan(5);
});

test("a run that dies in a node's turn: a kube-proxy that restarts by itself before its turn keeps its mode, and the next run ends the change", async () => {
  const run = it.start(["up", "--yes", "-i", to("iptables")]);
  await heard(run, /w-1 +kube-proxy\/pod +(waiting|take away)/);
  run.process.kill("SIGKILL");
  await run.ended;
  const id = await it.on("w-2", "crictl ps -q --name '^kube-proxy$' --state running");
  await it.on("w-2", `crictl stop ${id} >/dev/null`);
  await waitFor("kube-proxy of w-2 again", { intervalMs: 1000, deadlineMs: 120_000 }, async () => {
    const now = await it.on("w-2", "crictl ps -q --name '^kube-proxy$' --state running");
    return now !== "" && now !== id && (await modeOf("w-2")) !== "" ? null : "not running";
  });
  expect(await modeOf("w-2")).toBe("nftables");
  await noneFailed();
  await it.expectRun(0, ["up", "--yes"]);
  expect(await modes()).toEqual(["iptables", "iptables", "iptables"]);
  expect(await left("w-1")).not.toMatch(/provision-kube-proxy|OLDKUBE|kube-proxy-copy/);
  await noneFailed();
});

test("a node on which the new mode does not come up goes back alone, with its reason", async () => {
  // A table of kube-proxy's name that belongs to a program that runs: nobody else may write to it.
  await it.on(
    "w-2",
    `systemd-run -q --unit=owner bash -c 'exec nft -i < <(echo "add table ip kube-proxy { flags owner; }"; exec sleep 3000)'; until nft list tables | grep -q 'ip kube-proxy'; do sleep 0.2; done`,
  );
  const { stdout } = await it.expectRun(1, ["up", "--yes", "-i", to("nftables")]);
  expect(flat(stdout)).toMatch(/w-2 kube-proxy\/pod .*w-2 runs what it ran before/);
  expect(await modes()).toEqual(["nftables", "nftables", "iptables"]);
  expect(await left("w-2")).not.toMatch(/provision-kube-proxy|OLDKUBE|kube-proxy-copy/);
  await noneFailed();
  await it.on("w-2", "systemctl stop owner");
  await it.expectRun(0, ["up", "--yes"]);
  expect(await modes()).toEqual(["nftables", "nftables", "nftables"]);
  await it.expectRun(0, ["plan"]);
});

test("ipvs on a kernel without IP_VS is blocked, with what is missing", async () => {
  for (const verb of [["plan"], ["up", "--yes"]]) {
    const { stdout, stderr } = await it.expectRun(3, [...verb, "-i", to("ipvs")]);
    expect(flat(`${stdout}${stderr}`)).toMatch(/IP_VS/);
  }
  expect(await modes()).toEqual(["nftables", "nftables", "nftables"]);
});

test(`${wanted} requests and more, and none failed`, async () => {
  const seen = await atLeast(stage, traffic, before, wanted);
  console.log(`requests ${requests(seen)}, failed ${failed(seen)}`);
  expect(failed(seen)).toBe(0);
});
