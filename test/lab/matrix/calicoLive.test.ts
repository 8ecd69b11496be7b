import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Inventory } from "../scenarios/scenario.ts";
import { LiveCluster } from "./liveCluster.ts";

/** Calico's settings change on a live cluster under traffic, node by node. */
let live: LiveCluster;
const wants = (settings: object) => (inventory: Inventory) => {
  inventory.network.cni = { name: "calico", version: "3.28.5", ...settings };
  inventory.network.kubeProxy.mode = "iptables";
};

beforeAll(async () => {
  live = await LiveCluster.open("calico-live", ["calico"], wants({}));
}, 1_800_000);
afterAll(() => live?.close());

const podOf = (node: string): Promise<string> =>
  live.it.kubectl(
    `-n kube-system get pods -l k8s-app=calico-node --field-selector spec.nodeName=${node} -o jsonpath={.items[0].metadata.uid}`,
  );
const portOf = (node: string): Promise<string> =>
  live.it.kubectl(
    `-n kube-system get pods -l k8s-app=calico-node --field-selector spec.nodeName=${node} -o jsonpath='{.items[0].spec.containers[0].env[?(@.name=="FELIX_PROMETHEUSMETRICSPORT")].value}'`,
  );

test("a setting of Felix goes over the nodes one after the other: no request fails, and the network is measured before and after", async () => {
  const told = await live.change("Felix' refresh intervals", wants({ felix: { iptablesRefreshInterval: 60 } }));
  expect(told).toMatch(/pod to pod \(3 pairs of nodes\), before and after: latency/);
});

test("a node that misses its gate goes back alone: the others keep the new, and the next run ends the change", async () => {
  const before = await podOf("w-2");
  const settings = wants({ felix: { iptablesRefreshInterval: 60, metricsPort: 9191 } });
  const told = await live.change("a node that misses its gate", settings, 1, {
    said: /cp-1 +calico\/pod/, // before the run its look would find the port taken
    act: () => live.it.on("w-2", "systemd-run -q --unit=thief socat TCP-LISTEN:9191,bind=127.0.0.1,fork,reuseaddr SYSTEM:true"),
  });
  expect(told).toMatch(/w-2 goes back to what it ran before calico\/pod/);
  expect(await portOf("w-1")).toBe("9191");
  expect(await portOf("w-2")).not.toBe("9191");
  expect(await podOf("w-2")).not.toBe(before);
  await live.it.on("w-2", "systemctl stop thief");
  await live.change("the same without the thief", settings);
  expect(await portOf("w-2")).toBe("9191");
});

test("Typha comes between the agents and the API servers, and goes again: no request fails, policies are kept all the time", async () => {
  const asks = "ss -Htn state established '( dport = :5473 )' | wc -l";
  await live.change("Typha comes", wants({ typha: { replicas: 1 } }));
  for (const node of ["cp-1", "w-1", "w-2"]) expect(Number(await live.it.on(node, asks))).toBeGreaterThan(0);
  await live.it.expectRun(0, ["verify", "--connectivity"]);
  await live.change("Typha goes", wants({}));
  expect(await live.it.kubectl("-n kube-system get deployment calico-typha --ignore-not-found -o name")).toBe("");
  await live.it.expectRun(0, ["verify", "--connectivity"]);
});

test("policies and pools that are lost come back from the backup", async () => {
  const policy = JSON.stringify({
    apiVersion: "crd.projectcalico.org/v1",
    kind: "GlobalNetworkPolicy",
    metadata: { name: "keep-me" },
    spec: { selector: "app == 'nobody'", types: ["Ingress"], ingress: [{ action: "Deny" }] },
  });
  await live.it.kubectl(`apply -f - <<'END'\n${policy}\nEND`);
  const folder = join(live.it.folder, "backup");
  await live.it.expectRun(0, ["backup", "--output", folder]);
  await live.it.kubectl("delete globalnetworkpolicies.crd.projectcalico.org keep-me");
  const kept = readFileSync(`${folder}/cluster/calico.yaml`, "utf8");
  await live.it.on(
    "cp-1",
    `export KUBECONFIG=/etc/kubernetes/admin.conf; kubectl apply --server-side --force-conflicts -f - <<'END'\n${kept}\nEND`,
  );
  expect(await live.it.kubectl("get globalnetworkpolicies.crd.projectcalico.org keep-me -o jsonpath={.spec.selector}")).toBe(
    "app == 'nobody'",
  );
});
