import { expect, test } from "vitest";
import { apiServerServes, startedAfter, staticPodsReady } from "../../../src/upgrade/planeGates.ts";
import { sampleCluster } from "../sampleCluster.ts";

const [node] = sampleCluster().nodes;
if (node === undefined) throw new Error("the sample has nodes");
const said = (stdout: string, code = 0) => ({ code, stdout, stderr: "" });

test("an API server serves when it is ready, and of the version that is asked for", () => {
  const { unmet } = apiServerServes(node, "1.35.4");
  expect(unmet(said('{"major": "1", "gitVersion": "v1.35.4"}'))).toBeNull();
  expect(unmet(said('{"gitVersion": "v1.36.4"}'))).toBe("it is of version 1.36.4");
  expect(unmet(said("[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed", 1))).toBe("not there yet: etcd");
  expect(unmet(said("The connection to the server was refused", 1))).toContain("refused");
  expect(apiServerServes(node).unmet(said('{"gitVersion": "v1.36.4"}'))).toBeNull();
});

const pod = (component: string, status: string) => ({
  metadata: { labels: { component, tier: "control-plane" } },
  status: { conditions: [{ type: "Ready", status }] },
});

test("static pods: all four, and Ready", () => {
  const all = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
  const ask = (items: readonly object[]) => staticPodsReady(node).unmet(said(JSON.stringify({ items })));
  expect(ask(all.map((one) => pod(one, "True")))).toBeNull();
  expect(ask(all.slice(1).map((one) => pod(one, "True")))).toBe("not Ready: etcd");
  expect(ask(all.map((one) => pod(one, one === "kube-scheduler" ? "False" : "True")))).toBe("not Ready: kube-scheduler");
  expect(staticPodsReady(node).unmet(said("nonsense"))).not.toBeNull();
});

test("a container that was made before the certificates were written still has the old ones", () => {
  const { unmet } = startedAfter(node, "etcd", ["/etc/kubernetes/pki/etcd/server.crt"]);
  const containers = (createdAt: string) => said(`1800000000\n${JSON.stringify({ containers: [{ createdAt }] })}`);
  expect(unmet(containers("1800000001000000000"))).toBeNull();
  expect(unmet(containers("1799999999000000000"))).toBe("its old container still runs");
  expect(unmet(said('1800000000\n{"containers": []}'))).toBe("it does not run");
  expect(unmet(said('\n{"containers": []}'))).not.toBeNull();
  expect(unmet(containers("yesterday"))).not.toBeNull();
});
