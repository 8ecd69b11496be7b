import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../waitFor.ts";
import { Scenario } from "./scenario.ts";

/** Three control planes and a worker: the first control plane is lost and replaced by another machine. */
let it: Scenario;
beforeAll(async () => {
  it = await Scenario.open("s6", { controlPlanes: 3, workers: 1 });
  it.inventory();
});
afterAll(() => it?.close());

const ready = (node: string) => it.on(node, "curl -sk --max-time 5 https://127.0.0.1:7443/readyz; true");
const members = async (node: string) => {
  const flags =
    "--cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key";
  const etcd = `-n kube-system exec etcd-${node} -- etcdctl ${flags}`;
  const list = await it.kubectl(`${etcd} member list`, node);
  const health = await it.kubectl(`${etcd} endpoint health --cluster -w json`, node);
  const all = JSON.parse(health) as { endpoint: string; health: boolean }[];
  return {
    names: list
      .split("\n")
      .map((line) => line.split(", ")[2])
      .sort(),
    healthy: all.filter((one) => one.health).length,
  };
};

test("up makes a cluster of three control planes, each with an etcd member and the way to all API servers", async () => {
  await it.expectRun(0, ["up", "--yes"]);
  await it.expectRun(0, ["plan"]);
  expect(await members("cp-2")).toEqual({ names: ["cp-1", "cp-2", "cp-3"], healthy: 3 });
  await it.expectProof();
});

test("without the first control plane the API answers through every remaining node's own endpoint, and pods run", async () => {
  await it.lab.powerOff("cp-1");
  await Promise.all(
    ["cp-2", "cp-3", "w-1"].map((node) =>
      waitFor(`the API through ${node}`, { intervalMs: 250, deadlineMs: 60_000 }, async () => {
        const answer = await ready(node);
        return answer === "ok" ? null : answer || "no answer";
      }),
    ),
  );
  const restricted = JSON.stringify({ spec: { tolerations: [{ operator: "Exists" }] } });
  await waitFor("a pod that starts", { intervalMs: 1000, deadlineMs: 60_000 }, async () => {
    const ran = await it.lab.exec(
      "cp-2",
      `export KUBECONFIG=/etc/kubernetes/admin.conf; kubectl run after-loss --image=docker.io/library/busybox:1.36 --restart=Never --overrides='${restricted}' --command -- /bin/busybox sleep 600 2>&1; kubectl wait pod/after-loss --for=condition=Ready --timeout=30s`,
    );
    return ran.exitCode === 0 ? null : `${ran.stdout}${ran.stderr}`;
  });
  await it.kubectl("delete pod after-loss --now", "cp-2");
});

test("up with the lost machine still listed is blocked by name, and changes nothing", async () => {
  const { stdout } = await it.expectRun(3, ["up", "--yes"]);
  expect(stdout).toContain("cp-1");
  expect(stdout).toContain("nothing was changed");
});

test("a new machine takes its place", async () => {
  await it.expectRun(0, ["reset", "--node", "cp-1", "--lost", "--confirm", "cp-1"]);
  await it.lab.removeNode("cp-1");
  const { address } = await it.lab.addNode("cp-4", "control-plane", 4);
  it.inventory();
  await it.expectRun(2, ["plan"]);
  await it.expectRun(0, ["up", "--yes"]);
  expect(await members("cp-4")).toEqual({ names: ["cp-2", "cp-3", "cp-4"], healthy: 3 });
  for (const { name } of it.lab.nodes) {
    const servers = await it.on(
      name,
      "grep -o '^ *server [^ ]* [^ ]*' /etc/provision/api-proxy/haproxy.cfg | awk '{print $2}' | sort | tr '\\n' ' '",
    );
    expect(servers).toBe("cp-2 cp-3 cp-4");
    expect(await ready(name)).toBe("ok");
  }
  expect(await it.on("w-1", "cat /etc/provision/api-proxy/haproxy.cfg")).toContain(`${address}:6443`);
  expect(await it.kubectl("get nodes -o name", "cp-4")).toBe("node/cp-2\nnode/cp-3\nnode/cp-4\nnode/w-1");
  await it.expectRun(0, ["verify"]);
  await it.expectRun(0, ["plan"]);
  await it.expectProof();
});
