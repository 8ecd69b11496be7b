import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { reveal } from "../../../src/model/secret.ts";
import type { Action } from "../../../src/role/action.ts";
import type { FakeNode } from "../../../src/testing/fakeNode.ts";
import { effects, runStaticPods } from "./effects.ts";
import { freshMachine, harness, inventory, liveCluster, noCluster } from "./sample.ts";

const ha = inventory("lab-ha");
const roles = harness(ha);
const converged = (name: string): FakeNode => {
  const machine = freshMachine(name);
  roles.converge(name, machine, name === "cp-1" ? noCluster : liveCluster(), effects);
  if (name.startsWith("cp-")) runStaticPods(machine, "v1.36.4", "3.6.8-0");
  return machine;
};
const older = (name: string): FakeNode => {
  const machine = converged(name);
  runStaticPods(machine, "v1.35.4", "3.6.6-0");
  machine.write("/etc/kubernetes/provision/applied", "0\n");
  return machine;
};
const jobOf = (actions: readonly Action[]): string => {
  const job = actions.find((action) => action.kind === "job");
  return job?.kind === "job" ? job.script.text : "";
};

describe("static pods of another version", () => {
  test("are told from what to what, with what stops meanwhile", () => {
    expect(roles.check("control-plane/applied@cp-1", older("cp-1"), liveCluster())).toMatchObject({
      status: "change",
      changes: [
        { detail: "Kubernetes 1.35.4 -> 1.36.4, etcd 3.6.6-0 -> 3.6.8-0", disrupts: expect.stringContaining("API server") },
      ],
    });
  });

  test("kubeadm upgrades the first control plane by apply, the others by node, with the new version's program", () => {
    const first = jobOf(roles.apply("control-plane/applied@cp-1", older("cp-1"), liveCluster()));
    expect(first).toMatch(
      /'\/opt\/provision\/store\/kubeadm-1\.36\.4-\w+\/kubeadm' upgrade apply 'v1\.36\.4' --yes --skip-phases=addon,kubelet-config/,
    );
    const second = jobOf(roles.apply("control-plane/applied@cp-2", older("cp-2"), liveCluster()));
    expect(second).toMatch(/kubeadm-1\.36\.4-\w+\/kubeadm' upgrade node --skip-phases=addon,kubelet-config/);
    expect(second).not.toContain("upload-config");
  });

  test("the cluster is told the wanted configuration under its old version: the new one is noted when the pods have it", () => {
    const actions = roles.apply("control-plane/applied@cp-1", older("cp-1"), liveCluster());
    const write = actions.find((action) => action.kind === "write");
    const [cluster] = parseAllDocuments(write?.kind === "write" ? reveal(write.content) : "").map((one) => one.toJS() as unknown);
    expect(cluster).toMatchObject({ kubernetesVersion: "v1.35.4", etcd: { local: { imageTag: "3.6.8-0" } } });
  });

  test("are of the wanted version afterwards, and nothing is left to do", () => {
    const machine = older("cp-2");
    const actions = roles.apply("control-plane/applied@cp-2", machine, liveCluster());
    machine.take(actions, {
      ...effects,
      "put back manifests that a broken-off upgrade took away": () => undefined,
      "kubeadm upgrade to 1.36.4": (node, action) => {
        runStaticPods(node, "v1.36.4", "3.6.8-0");
        node.write("/etc/kubernetes/provision/applied", /printf %s '([0-9a-f]{64}\n)'/.exec(jobOf([action]))?.[1] ?? "");
      },
    });
    expect(roles.check("control-plane/applied@cp-2", machine, liveCluster())).toEqual({ status: "ok" });
  });

  test("etcd alone is taken forward, never back", () => {
    const machine = converged("cp-1");
    runStaticPods(machine, "v1.36.4", "3.6.6-0");
    expect(roles.check("control-plane/applied@cp-1", machine, liveCluster())).toMatchObject({
      changes: [{ detail: "etcd 3.6.6-0 -> 3.6.8-0" }],
    });
    runStaticPods(machine, "v1.36.4", "3.6.10-0");
    expect(roles.check("control-plane/applied@cp-1", machine, liveCluster()).status).toBe("ok");
  });
});

describe("an upgrade of a control plane that broke off", () => {
  test("is run again although the pods are new, because its last phases may be missing", () => {
    const machine = converged("cp-1");
    machine.write("/etc/kubernetes/provision/upgrading", "");
    expect(roles.check("control-plane/applied@cp-1", machine, liveCluster())).toMatchObject({
      status: "change",
      changes: [{ detail: "finish the upgrade that broke off" }],
    });
    expect(jobOf(roles.apply("control-plane/applied@cp-1", machine, liveCluster()))).toContain("upgrade apply");
  });

  test("new pods and an old note of what they were made from: made again from the configuration", () => {
    const machine = converged("cp-1");
    machine.write("/etc/kubernetes/provision/applied", "0\n");
    expect(jobOf(roles.apply("control-plane/applied@cp-1", machine, liveCluster()))).toContain("init phase control-plane all");
  });

  test("and still runs on the node: it is waited for, and no manifest is touched under it", () => {
    const machine = older("cp-1");
    machine.start("provision-kubeadm-upgrade.service");
    const actions = roles.apply("control-plane/applied@cp-1", machine, liveCluster());
    expect(actions.map((action) => action.kind)).toEqual(["job", "delete"]);
  });
});

describe("the kubelet's own configuration", () => {
  test("is written anew by the new minor's kubeadm, with what the node may use to ask the cluster", () => {
    const worker = converged("w-1");
    expect(roles.check("kubernetes/kubelet-config@w-1", worker, liveCluster())).toEqual({ status: "ok" });
    worker.write("/etc/kubernetes/provision/kubelet-config", "1.35\n");
    expect(roles.check("kubernetes/kubelet-config@w-1", worker, liveCluster())).toMatchObject({
      changes: [{ target: "/var/lib/kubelet/config.yaml", detail: "as kubeadm 1.36 writes it" }],
    });
    const [wait, run] = roles.apply("kubernetes/kubelet-config@w-1", worker, liveCluster());
    expect(wait?.kind === "wait" ? wait.condition.script.text : "").toContain("'127.0.0.1' '7443'");
    expect(run?.kind === "run" ? run.script.text : "").toMatch(
      /for p in 'kubelet-config' 'post-upgrade'.* --kubeconfig '\/etc\/kubernetes\/kubelet\.conf'/,
    );
  });

  test("comes before the new program can start, on a machine that is a member", () => {
    expect(roles.check("kubernetes/kubelet-config@w-1", freshMachine("w-1"), noCluster)).toEqual({ status: "ok" });
    const comesAfter = (id: string) => roles.instances.find((one) => one.id === id)?.after;
    expect(comesAfter("kubernetes/kubelet-unit@w-1")).toContain("kubernetes/kubelet-config@w-1");
    // A restart of containerd takes the node's way to the API with it for a moment.
    expect(comesAfter("kubernetes/kubelet-config@w-1")).toContain("containerd/service@w-1");
    expect(comesAfter("kubernetes/kubelet@cp-2")).toContain("control-plane/applied@cp-2");
  });
});
