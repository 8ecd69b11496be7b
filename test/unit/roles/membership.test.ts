import { describe, expect, test } from "vitest";
import { reveal } from "../../../src/model/secret.ts";
import type { Action } from "../../../src/role/action.ts";
import { effects } from "./effects.ts";
import { clusterWithout, downCluster, freshMachine, harness, inventory, liveCluster, noCluster } from "./sample.ts";

const lab = inventory("lab");
const ha = inventory("lab-ha");
const joined = (name: string) => {
  const machine = freshMachine(name);
  machine.write("/etc/kubernetes/provision/initialised", "");
  return machine;
};

describe("one cluster, never two", () => {
  test("set up before and silent now: a new machine does not start a second cluster beside it", () => {
    const verdict = harness(ha).check("control-plane/up@cp-1", freshMachine("cp-1"), downCluster);
    expect(verdict).toMatchObject({ status: "blocked", reasons: [{ code: "control-plane/api-down" }] });
    const worker = harness(ha).check("worker/join@w-1", freshMachine("w-1"), downCluster);
    expect(worker).toMatchObject({ status: "blocked", reasons: [{ code: "worker/api-down" }] });
  });

  test("a new machine for a lost first control plane joins, although it is the first of the inventory", () => {
    const roles = harness(lab);
    const verdict = roles.check("control-plane/up@cp-1", freshMachine("cp-1"), liveCluster());
    expect(verdict).toMatchObject({ changes: [{ detail: expect.stringContaining("in place of an earlier machine") }] });
    const actions = roles.apply("control-plane/up@cp-1", freshMachine("cp-1"), liveCluster());
    const acts = actions.filter((action) => action.kind !== "wait");
    expect(acts.map((action) => ("summary" in action ? action.summary : action.kind))).toEqual([
      "remove what the cluster still knows of an earlier cp-1",
      "publish a bootstrap token",
      "copy",
      "write",
      "write",
      "kubeadm join as a control plane",
      "delete",
      "delete",
    ]);
  });

  test("only the first control plane begins a cluster", () => {
    const verdict = harness(ha).check("control-plane/up@cp-2", freshMachine("cp-2"), noCluster);
    expect(verdict).toMatchObject({ changes: [{ detail: "kubeadm join as a control plane, after the first one" }] });
  });

  test("a machine the cluster has forgotten is not joined over what it still holds", () => {
    const roles = harness(lab);
    expect(roles.check("worker/join@w-1", joined("w-1"), clusterWithout("w-1"))).toMatchObject({
      status: "blocked",
      reasons: [{ code: "worker/not-a-member", hint: expect.stringContaining("reset --node") }],
    });
    expect(roles.check("control-plane/up@cp-1", joined("cp-1"), clusterWithout("cp-1"))).toMatchObject({
      reasons: [{ code: "control-plane/not-a-member" }],
    });
  });

  test("a version that differs from the live cluster's is upgrade's business, and told once", () => {
    const live = liveCluster({
      "kube configmap kubeadm-config": JSON.stringify({ data: { ClusterConfiguration: "kubernetesVersion: v1.35.4\n" } }),
    });
    const roles = harness(ha);
    expect(roles.instances.filter((one) => one.step.id === "control-plane/version").map((one) => one.id)).toEqual([
      "control-plane/version@cp-1",
    ]);
    expect(roles.check("control-plane/version@cp-1", joined("cp-1"), live)).toMatchObject({
      status: "blocked",
      reasons: [{ code: "version/differs", message: "the cluster runs Kubernetes 1.35.4, the inventory asks for 1.36.4" }],
    });
    expect(roles.check("control-plane/version@cp-1", joined("cp-1"), liveCluster()).status).toBe("ok");
    expect(roles.check("control-plane/version@cp-1", freshMachine("cp-1"), downCluster).status).toBe("ok");
  });

  test("no node joins, and no control plane begins, before the version is known to be right", () => {
    const { instances } = harness(ha);
    for (const id of ["control-plane/up@cp-1", "control-plane/up@cp-2", "worker/join@w-1"])
      expect(instances.find((one) => one.id === id)?.after).toContain("control-plane/version@cp-1");
  });

  test("an upgrade that broke off after the first control plane is not finished by the way: the nodes tell", () => {
    const nodes = (liveCluster().kube?.get("kube nodes")?.stdout ?? "").replace(
      /"kubeletVersion":"v1.36.4"(?!.*kubeletVersion)/,
      '"kubeletVersion":"v1.35.4"',
    );
    expect(harness(lab).check("control-plane/version@cp-1", joined("cp-1"), liveCluster({ "kube nodes": nodes }))).toMatchObject({
      status: "blocked",
      reasons: [{ code: "version/differs", seen: "w-2 runs v1.35.4", hint: expect.stringContaining("provision upgrade") }],
    });
  });
});

describe("machines that are not fit, or not ours", () => {
  const codes = (host: Readonly<Record<string, string>>, id = "os/host@w-1"): readonly string[] => {
    const verdict = harness(lab).check(id, freshMachine("w-1", host), noCluster);
    return verdict.status === "blocked" ? verdict.reasons.map((reason) => reason.code) : [];
  };

  test("of another cluster, or of another hand", () => {
    expect(codes({ claimedBy: "rack-4" })).toEqual(["host/other-cluster"]);
    expect(codes({ trace: "/etc/rancher/rke2" })).toEqual(["host/other-cluster"]);
    expect(codes({ claimedBy: "rack-4" }, "os/claim@w-1")).toEqual(["os/other-cluster"]);
  });

  test("several faults are told together", () => {
    expect(codes({ machine: "aarch64", systemd: "no", missing: "conntrack", swap: "/dev/sda2", freeMb: "200" })).toEqual([
      "host/cpu",
      "host/systemd",
      "host/tools",
      "host/disk",
      "host/swap",
    ]);
  });

  test("too small for a control plane, large enough for a worker", () => {
    expect(codes({ cpus: "1", memoryMb: "900" })).toEqual([]);
    expect(codes({ cpus: "1", memoryMb: "900" }, "os/host@cp-1")).toEqual(["host/cpus", "host/memory"]);
  });

  test("another name is a warning: the cluster calls it by the inventory's", () => {
    const verdict = harness(lab).check("os/host@w-1", freshMachine("localhost"), noCluster);
    expect(verdict).toMatchObject({ status: "ok", warnings: [{ code: "host/hostname" }] });
  });
});

/** What others on a machine could read: scripts, names, places; not what goes through stdin or an owner-only file. */
function readable(actions: readonly Action[]): string {
  return JSON.stringify(actions, (key, value: unknown) => {
    if (key === "stdin" || key === "content") return typeof value === "string" ? value : "[secret]";
    return value instanceof Object && "text" in value ? value.text : value;
  });
}

describe("secrets", () => {
  const roles = harness(ha);
  const secrets = [roles.target.entropy("token", 8), roles.target.entropy("encryption-key", 32)].map(reveal);
  const key = Buffer.from(secrets[1] ?? "", "hex").toString("base64");

  test("init and join carry the token and the encryption key in owner-only files and standard input alone", () => {
    const init = roles.apply("control-plane/up@cp-1", freshMachine("cp-1"), noCluster);
    const join = roles.apply("control-plane/up@cp-2", freshMachine("cp-2"), clusterWithout("cp-2"));
    const worker = roles.apply("worker/join@w-1", freshMachine("w-1"), clusterWithout("w-1"));
    for (const actions of [init, join, worker]) {
      for (const secret of [...secrets, key]) expect(readable(actions)).not.toContain(secret);
      const carried = actions.flatMap((action) =>
        action.kind === "write" ? [reveal(action.content)] : action.kind === "run" ? [reveal(action.stdin ?? "")] : [],
      );
      expect(carried.join("\n")).toContain(secrets[0]);
    }
  });

  test("files with a token are owner-only and taken away afterwards, whatever else the join leaves", () => {
    for (const actions of [
      roles.apply("control-plane/up@cp-1", freshMachine("cp-1"), noCluster),
      roles.apply("worker/join@w-1", freshMachine("w-1"), clusterWithout("w-1")),
    ]) {
      const writes = actions.filter((action) => action.kind === "write");
      expect(writes.length).toBeGreaterThan(0);
      for (const { path, mode } of writes) {
        expect([path, mode]).toEqual([path, "600"]);
        expect(actions).toContainEqual({ kind: "delete", path });
      }
    }
  });

  test("an encryption key that is there is never written over: what it encrypted could not be read again", () => {
    const [make] = roles.apply("control-plane/up@cp-1", freshMachine("cp-1"), noCluster);
    expect(make).toMatchObject({ kind: "run", summary: "make a key for secrets at rest" });
    expect(make?.kind === "run" ? make.script.text : "").toMatch(
      /^\[ -e '\/etc\/kubernetes\/provision\/encryption\.yaml' \] \|\|/,
    );
  });

  test("further control planes get the same key, and the keys of the cluster, from one that has them", () => {
    const actions = roles.apply("control-plane/up@cp-2", freshMachine("cp-2"), clusterWithout("cp-2"));
    const copy = actions.find((action) => action.kind === "copy");
    expect(copy?.paths).toContain("/etc/kubernetes/provision/encryption.yaml");
    expect(copy?.paths).toContain("/etc/kubernetes/pki/etcd/ca.key");
  });

  test("a join that an earlier run left running is waited for, and nothing else is touched", () => {
    const machine = freshMachine("w-1");
    machine.start("provision-kubeadm-join.service");
    const actions = roles.apply("worker/join@w-1", machine, liveCluster());
    expect(actions.map((action) => action.kind).filter((kind) => kind !== "wait")).toEqual(["job", "delete", "delete"]);
    machine.take(actions, effects);
    expect(roles.check("worker/join@w-1", machine, liveCluster()).status).toBe("ok");
  });
});
