import { afterAll, beforeAll, expect, test } from "vitest";
import type { Inventory } from "../scenarios/scenario.ts";
import { LiveCluster } from "./liveCluster.ts";

/** Cilium changes on a live cluster under traffic: its version there and back, and who programs Services. */
let live: LiveCluster;
const nodes = ["cp-1", "w-1", "w-2"] as const;
const [older, newer] = ["1.18.5", "1.19.5"] as const;
const wants = (version: string, mode: "iptables" | "none") => (inventory: Inventory) => {
  inventory.network.cni = { name: "cilium", version, kubeProxyReplacement: mode === "none" };
  inventory.network.kubeProxy.mode = mode;
};

beforeAll(async () => {
  live = await LiveCluster.open("cilium-live", [`cilium@${older}`, `cilium@${newer}`], wants(older, "iptables"));
}, 1_800_000);
afterAll(() => live?.close());

const agents = (): Promise<string> =>
  live.it.kubectl(
    `-n kube-system get pods -l k8s-app=cilium -o jsonpath='{.items[*].spec.containers[?(@.name=="cilium-agent")].image}'`,
  );
const proxyRules = async (): Promise<readonly boolean[]> =>
  Promise.all(nodes.map(async (node) => /:KUBE-(SVC|SERVICES|NODEPORTS)/.test(await live.it.on(node, "iptables-save"))));

test(`${older} -> ${newer} -> ${older}: no request fails, and the run tells latency, throughput and drops of before and after`, async () => {
  for (const version of [newer, older]) {
    const told = await live.change(`Cilium to ${version}`, wants(version, "iptables"));
    expect(told).toMatch(
      /pod to pod \(3 pairs of nodes\), before and after: latency [\d.]+ -> [\d.]+ ms .*throughput of one connection \d+ -> \d+ MB\/s .*dropped meanwhile/,
    );
    console.log(/pod to pod \(3 pairs.*?dropped meanwhile/.exec(told)?.[0]);
    expect((await agents()).split(" ").every((image) => image.includes(`v${version}`))).toBe(true);
  }
});

test("kube-proxy -> Cilium -> kube-proxy: no request fails, and the rules of the one that left are gone", async () => {
  await live.change("Cilium replaces kube-proxy", wants(older, "none"));
  expect(await proxyRules()).toEqual([false, false, false]);
  expect(await live.it.kubectl("-n kube-system get daemonset kube-proxy --ignore-not-found -o name")).toBe("");
  await live.it.expectRun(0, ["verify", "--connectivity"]);
  await live.change("kube-proxy beside Cilium again", wants(older, "iptables"));
  expect(await proxyRules()).toEqual([true, true, true]);
  await live.it.expectRun(0, ["verify", "--connectivity"]);
});
