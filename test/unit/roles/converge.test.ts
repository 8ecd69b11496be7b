import { describe, expect, test } from "vitest";
import type { Verdict } from "../../../src/role/verdict.ts";
import { effects } from "./effects.ts";
import { freshMachine, harness, inventory, liveCluster, noCluster } from "./sample.ts";

const cluster = inventory("lab");
const summary = (verdict: Verdict): readonly string[] =>
  verdict.status === "change"
    ? verdict.changes.map(({ action, target, detail }) => [action, target, detail].filter(Boolean).join(" "))
    : [verdict.status];

describe("a machine nobody has touched", () => {
  const roles = harness(cluster);
  const look = (id: string): readonly string[] => summary(roles.check(id, freshMachine("w-1"), noCluster));

  test("can be a node and is claimed first", () => {
    expect(look("os/host@w-1")).toEqual(["ok"]);
    expect(look("os/claim@w-1")).toEqual(["create /var/lib/provision/claim"]);
  });

  test("is told which programs it gets, by version and digest", () => {
    expect(look("containerd/store@w-1")).toEqual([
      "create /opt/provision/store/containerd-2.2.9-ac835b86811b containerd 2.2.9",
      "create /opt/provision/store/runc-1.3.6-71e1c33b8326 runc 1.3.6",
      "create /opt/provision/store/crictl-1.36.0-e0b1c2884fbe crictl 1.36.0",
    ]);
  });

  test("is told which kernel settings change, from what to what", () => {
    const machine = freshMachine("w-1");
    machine.sysctls.set("net.ipv4.ip_forward", "0");
    const changes = summary(roles.check("os/sysctl@w-1", machine, noCluster));
    expect(changes).toContain("create /etc/sysctl.d/90-provision.conf");
    expect(changes).toContain("set net.ipv4.ip_forward 0 -> 1");
  });

  test("pulls the images of a worker, and those of a control plane only where there is one", () => {
    expect(look("kubernetes/images@w-1")).toEqual([
      "pull registry.k8s.io/pause:3.10.2 sha256:0c63bd16cb80",
      "pull registry.k8s.io/kube-proxy:v1.36.4 sha256:f484df012281",
    ]);
    expect(summary(roles.check("kubernetes/images@cp-1", freshMachine("cp-1"), noCluster))).toContain(
      "pull registry.k8s.io/etcd:3.6.8-0 sha256:e09b0246bfcc",
    );
  });

  test("starts a cluster as the first control plane, joins as any other node", () => {
    expect(summary(roles.check("control-plane/up@cp-1", freshMachine("cp-1"), noCluster))).toEqual([
      "run control plane kubeadm init: a new cluster begins here",
    ]);
    expect(look("worker/join@w-1")).toEqual(["run node kubeadm join"]);
  });
});

describe("what a plan says is what makes it so", () => {
  test.each(["cp-1", "w-1"])("%s: every step that changed something is ok afterwards, and stays so", (name) => {
    const roles = harness(cluster);
    const machine = freshMachine(name);
    const first = name === "cp-1" ? noCluster : liveCluster();
    const changed = roles.converge(name, machine, first, effects);
    expect(changed).toContain(`containerd/service@${name}`);
    expect(changed).toContain(`${name === "cp-1" ? "control-plane/up" : "worker/join"}@${name}`);
    expect(roles.converge(name, machine, liveCluster(), effects)).toEqual([]);
  });

  test("the claim names the cluster, so that another one keeps its hands off", () => {
    const roles = harness(cluster);
    const machine = freshMachine("w-1");
    roles.converge("w-1", machine, liveCluster(), effects);
    expect(machine.paths.get("/var/lib/provision/claim")).toMatchObject({ text: "lab\n" });
    const other = harness({ ...cluster, name: "other" });
    const verdict = other.check("os/claim@w-1", machine, liveCluster());
    expect(verdict).toMatchObject({ status: "blocked", reasons: [{ code: "os/other-cluster" }] });
  });
});

describe("drift on a converged machine", () => {
  const roles = harness(cluster);
  const converged = (name: string) => {
    const machine = freshMachine(name);
    roles.converge(name, machine, name === "cp-1" ? noCluster : liveCluster(), effects);
    return machine;
  };

  test("a file that somebody edited is shown with both texts, and the service that started with the right one is left alone", () => {
    const machine = converged("w-1");
    machine.write("/etc/crictl.yaml", "timeout: 1\n");
    expect(roles.check("containerd/config@w-1", machine, liveCluster())).toMatchObject({
      status: "change",
      changes: [{ action: "update", target: "/etc/crictl.yaml", before: "timeout: 1\n" }],
    });
    expect(roles.check("containerd/service@w-1", machine, liveCluster()).status).toBe("ok");
  });

  test("a mode that somebody changed is a change", () => {
    const machine = converged("w-1");
    const at = machine.paths.get("/etc/containerd/config.toml");
    if (at?.kind === "file") machine.write("/etc/containerd/config.toml", at.text, "666");
    expect(summary(roles.check("containerd/config@w-1", machine, liveCluster()))).toEqual([
      "update /etc/containerd/config.toml 666 root:root -> 644 root:root",
    ]);
  });

  test("a service that started with an older file owes a restart, also when the run that wrote the file died", () => {
    const machine = converged("w-1");
    const config = machine.paths.get("/etc/containerd/config.toml");
    machine.write("/etc/containerd/config.toml", "version = 3\n");
    machine.start("containerd.service");
    if (config?.kind === "file") machine.write("/etc/containerd/config.toml", config.text);
    expect(roles.check("containerd/config@w-1", machine, liveCluster()).status).toBe("ok");
    expect(roles.check("containerd/service@w-1", machine, liveCluster())).toMatchObject({
      status: "change",
      changes: [{ action: "restart", target: "containerd.service", disrupts: expect.stringContaining("pods") }],
    });
  });

  test("a stopped service is started", () => {
    const machine = converged("w-1");
    machine.take([{ kind: "unit", unit: "kubelet.service", operation: "stop" }], effects);
    expect(summary(roles.check("kubernetes/kubelet@w-1", machine, liveCluster()))).toEqual(["start kubelet.service is inactive"]);
  });

  test("a changed audit switch rolls the API server, and says what that disrupts", () => {
    const machine = converged("cp-1");
    const changed = harness({ ...cluster, security: { ...cluster.security, auditLog: false } });
    expect(changed.check("control-plane/applied@cp-1", machine, liveCluster())).toMatchObject({
      status: "change",
      changes: [{ action: "restart", disrupts: expect.stringContaining("API server") }],
    });
  });
});
