import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../waitFor.ts";
import { hardeningTests } from "./hardening.ts";
import { auditLog, plannedChanges } from "./kube.ts";
import { kubeconfigTests } from "./kubeconfig.ts";
import { type Inventory, Scenario } from "./scenario.ts";

/** One control plane, two workers, flannel, nftables: from bare machines to a cluster, and what it is then. */
let it: Scenario;
let inventory: string;
beforeAll(async () => {
  it = await Scenario.open("s1", { controlPlanes: 1, workers: 2 });
  inventory = it.inventory();
});
afterAll(() => it?.close());

test("plan on fresh machines lists what would be done, per node, and does nothing", async () => {
  const { stdout } = await it.expectRun(2, ["plan"]);
  for (const node of ["cp-1", "w-1", "w-2"]) expect(stdout).toContain(node);
  expect(stdout).toContain("kubeadm init");
  expect(await it.on("cp-1", "ls -d /opt/provision /etc/kubernetes /var/lib/provision 2>/dev/null; true")).toBe("");
});

test("up makes the cluster", async () => {
  await it.expectRun(0, ["up", "--yes"]);
});

test("a workload answers from every node, under nftables", async () => {
  await it.expectProof();
});

/** When which unit started, and every file of the system with the times of its content and rights. */
const TIMES = `systemctl show -p Id -p ActiveEnterTimestampMonotonic '*.service' | grep -v '^$' | paste - - | grep -v -e ssh@ -e session | sort
find /etc /usr/local /opt /root /var/lib/provision /run/provision /var/lib/kubelet/config.yaml -printf '%p %T@ %C@\\n' | sort`;

test("a second up says that there is nothing to do, and does nothing, over one login per node", async () => {
  const nodes = it.lab.nodes.map((node) => node.name);
  const look = (script: string) => Promise.all(nodes.map((node) => it.on(node, script)));
  const cursor = "journalctl -u ssh -n 0 --show-cursor -q | sed 's/^-- cursor: //'";
  const times = await look(TIMES);
  const cursors = await look(cursor);
  const since = new Date().toISOString();
  const { stdout } = await it.expectRun(0, ["up", "--yes"]);
  expect(stdout).toContain("Nothing to do: 3 nodes are as the inventory says.");
  const logins = await Promise.all(
    nodes.map((node, index) =>
      it.on(node, `journalctl -u ssh -q -o cat --after-cursor='${cursors[index]}' | grep -c '^Accepted '`),
    ),
  );
  expect(logins).toEqual(nodes.map(() => "2")); // the run's, and the one that counts them
  expect(await look(TIMES)).toEqual(times);
  const asked = (await auditLog(it, since)).filter((line) => line.user.username === "kubernetes-admin");
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((line) => !["get", "list"].includes(line.verb))).toEqual([]);
});

test("plan and verify find nothing, status shows every node Ready", async () => {
  expect((await it.expectRun(0, ["plan"])).stdout).toContain("Nothing to do");
  await it.expectRun(0, ["verify"]);
  const status = JSON.parse((await it.expectRun(0, ["status", "--json"])).stdout);
  expect(status.nodes.map((node: { name: string; ready: string }) => `${node.name} ${node.ready}`)).toEqual([
    "cp-1 True",
    "w-1 True",
    "w-2 True",
  ]);
});

test("preflight accuses no node of a running cluster of anything", async () => {
  const { nodes, summary } = JSON.parse((await it.expectRun(0, ["preflight", "--json"])).stdout);
  expect(summary).toMatchObject({ ok: true, nodes: 3, blocked: 0, unknown: 0, waived: 0 });
  const checks = nodes.flatMap((node: { checks: { name: string; answer: string }[] }) => node.checks);
  expect(checks.length).toBeGreaterThan(90);
  expect(checks.filter(({ answer }: { answer: string }) => answer !== "yes")).toEqual([]);
});

kubeconfigTests(() => it);
hardeningTests(() => it);

describe("an edited inventory", () => {
  const labelled = (edited: Inventory) => {
    for (const node of edited.nodes) if (node.name === "w-3") node.labels = { zone: "b" };
  };

  test("plan shows exactly the edit: a label, a sysctl", async () => {
    const label = it.inventory((edited) => {
      for (const node of edited.nodes) if (node.name === "w-1") node.labels = { zone: "a" };
    }, "label");
    expect(await plannedChanges(it, label)).toEqual(["cluster/labels@w-1: set node label zone=a"]);
    const sysctl = it.inventory((edited) => {
      edited.os = { sysctls: { "net.ipv4.ip_local_port_range": "20000 60999" } };
    }, "sysctl");
    expect(await plannedChanges(it, sysctl)).toEqual(
      ["cp-1", "w-1", "w-2"].flatMap((node) => [
        `os/sysctl@${node}: update file /etc/sysctl.d/90-provision.conf`,
        `os/sysctl@${node}: set sysctl net.ipv4.ip_local_port_range`,
      ]),
    );
  });

  test("plan shows a new node's steps on the new node alone; up adds it, with its label", async () => {
    const { address } = await it.lab.addNode("w-3", "worker", 3);
    const grown = it.inventory(labelled);
    expect(readFileSync(grown, "utf8")).toContain(address);
    const changes = await plannedChanges(it, grown);
    expect(changes).toContain("worker/join@w-3: run node node");
    expect(changes.filter((change) => !change.includes("@w-3:"))).toEqual(["cluster/ready: look node w-3 Ready"]);
    await it.expectRun(0, ["up", "--yes"]);
    expect(await it.kubectl("get nodes -l zone=b -o name")).toBe("node/w-3");
    await it.expectRun(0, ["plan"]);
  });

  test("kube-proxy goes to iptables and back to nftables, and services answer in both", async () => {
    for (const mode of ["iptables", "nftables"]) {
      it.inventory((edited) => {
        labelled(edited);
        edited.network.kubeProxy.mode = mode;
      });
      const changes = await plannedChanges(it, inventory);
      expect(changes).toContain("kube-proxy/config: update object ConfigMap kube-system/kube-proxy mode");
      expect(changes.filter((change) => !/^(kube-proxy|flannel)\/|cluster\.yaml$/.test(change))).toEqual([]);
      await it.expectRun(0, ["up", "--yes"]);
      await it.expectRun(0, ["plan"]);
      await it.expectProof();
      const other =
        mode === "nftables"
          ? "iptables-save | grep -c -e '-A KUBE-SERVICES' -e '-A KUBE-SVC'"
          : "nft list tables | grep -c kube-proxy";
      for (const { name } of it.lab.nodes) expect(await it.on(name, `${other}; true`)).toBe("0");
    }
  });
});

describe("what time and people do", () => {
  test("a node that lost its power comes back by itself, and up finds nothing or heals it", async () => {
    await it.lab.powerOff("w-1");
    await it.lab.powerOn("w-1");
    await it.expectRun(0, ["up", "--yes"]);
    await it.expectRun(0, ["plan"]);
    await waitFor("verify after the reboot", { intervalMs: 1000, deadlineMs: 90_000 }, async () => {
      const { code, stderr } = await it.run(["verify"]);
      return code === 0 ? null : stderr;
    });
    await it.expectProof();
  });

  test("plan shows exactly what was changed behind its back, verify tells, up heals", async () => {
    await it.on("w-1", "echo '# by hand' >> /etc/crictl.yaml");
    await it.on("w-2", "systemctl stop kubelet");
    const coredns = await it.on("w-2", "ctr -n k8s.io images ls -q | grep '/coredns:v'");
    await it.on("w-2", `ctr -n k8s.io images rm ${coredns}`);
    const changes = await plannedChanges(it, inventory);
    expect(changes.filter((change) => !change.startsWith("cluster/ready"))).toEqual([
      "containerd/config@w-1: update file /etc/crictl.yaml",
      "kubernetes/kubelet@w-2: start unit kubelet.service",
      `dns/image@w-2: pull image ${coredns}`,
    ]);
    const { stderr } = await it.expectRun(1, ["verify"]);
    for (const word of ["/etc/crictl.yaml", "kubelet.service", coredns]) expect(stderr).toContain(word);
    await it.expectRun(0, ["up", "--yes"]);
    await it.expectRun(0, ["plan"]);
    await it.expectRun(0, ["verify"]);
  });
});
