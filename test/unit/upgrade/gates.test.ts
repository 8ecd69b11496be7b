import { expect, test } from "vitest";
import { etcdHealthy, kubeletStays, nodeSettled, shortOf, workloadsWhole } from "../../../src/upgrade/gates.ts";
import { sampleCluster } from "../sampleCluster.ts";

const [node] = sampleCluster().nodes;
if (node === undefined) throw new Error("the sample has nodes");
const said = (stdout: string, code = 0) => ({ code, stdout, stderr: "" });

const member = (more: object = {}, endpoint = "https://192.0.2.11:2379") => ({
  Endpoint: endpoint,
  Status: { version: "3.6.8", leader: 42, isLearner: false, errors: null, ...more },
});

test("etcd: every member must answer, agree on a leader, and none be a learner", () => {
  const ask = (...members: readonly object[]) => etcdHealthy(2).unmet(said(JSON.stringify(members)));
  expect(ask(member(), member())).toBeNull();
  expect(ask(member())).toBe("1 of 2 members answer");
  expect(ask(member(), member({ leader: 7 }))).toContain("leader");
  expect(ask(member({ leader: 0 }), member({ leader: 0 }))).toContain("leader");
  expect(ask(member(), member({ isLearner: true }, "https://192.0.2.12:2379"))).toBe("https://192.0.2.12:2379 is a learner");
  expect(ask(member(), member({ errors: ["NOSPACE"] }))).toContain("NOSPACE");
});

test("etcd that says nothing, or nonsense, is not healthy", () => {
  const { unmet } = etcdHealthy(3);
  expect(unmet(said("", 1))).not.toBeNull();
  expect(unmet(said("[not json"))).not.toBeNull();
  expect(unmet(said('[{"Endpoint": 1}]'))).not.toBeNull();
});

test("a node with the old kubelet has not settled, however Ready it is", () => {
  const { unmet } = nodeSettled(node, "1.36.4");
  expect(unmet(said("v1.36.4 True KubeletReady: kubelet is posting ready status"))).toBeNull();
  expect(unmet(said("v1.35.4 True KubeletReady: fine"))).toBe("its kubelet says v1.35.4");
  expect(unmet(said("v1.36.4 False KubeletNotReady: network plugin not ready"))).toContain("network plugin not ready");
});

test("a kubelet that starts and ends again and again is given up, with what it said; one that has just been restarted is not", () => {
  const { unmet, hopeless } = kubeletStays(node);
  const shown = (sub: string, restarts: number) =>
    said(
      `ActiveState=activating\nSubState=${sub}\nNRestarts=${restarts}\nE1121 20:40:08.037424    9934 run.go:72] unknown flag: --no-such-flag\n`,
    );
  expect(unmet(shown("running", 0))).toBeNull();
  expect(unmet(shown("auto-restart", 3))).toBe("it ends again and again: unknown flag: --no-such-flag");
  expect(hopeless?.(shown("auto-restart", 3))).toBe(false);
  expect(hopeless?.(shown("auto-restart", 40))).toBe(true);
  expect(hopeless?.(said("ActiveState=failed\nSubState=failed\nNRestarts=5\n"))).toBe(true);
});

const deployment = (name: string, available: number) => ({
  kind: "Deployment",
  metadata: { name, namespace: "shop", annotations: {}, generation: 1 },
  spec: { replicas: 2 },
  status: { observedGeneration: 1, availableReplicas: available, replicas: 2 },
});

test("what was short before a node's turn is not held against it, everything else is", () => {
  const before = shortOf([deployment("cart", 1), deployment("web", 2)]);
  const after = (web: number) => said(JSON.stringify({ items: [deployment("cart", 1), deployment("web", web)] }));
  expect(workloadsWhole(before).unmet(after(2))).toBeNull();
  expect(workloadsWhole(before).unmet(after(1))).toBe("web: 1 of 2 ready");
});
