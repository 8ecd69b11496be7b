import { describe, expect, test } from "vitest";
import { hostChecks } from "../../../../src/preflight/host/index.ts";
import { judge, told, words } from "./freshNode.ts";

describe("a machine that is fit", () => {
  test("nothing is said against a new one, as control plane or worker, thoroughly asked or not", () => {
    for (const node of ["cp-1", "w-1"])
      for (const thorough of [true, false])
        expect(
          told({
            node,
            thorough,
            says: thorough
              ? {}
              : {
                  "writable sysctls": ["kernel.panic", "kernel.panic_on_oops", "net.ipv4.ip_forward", "vm.overcommit_memory"]
                    .map((key) => `writable=${key} 0`)
                    .concat("absent=net.bridge.bridge-nf-call-iptables", "absent=net.bridge.bridge-nf-call-ip6tables"),
                },
          }),
        ).toEqual([]);
  });

  test("every check has a name of its own and a heading that fits", () => {
    const names = hostChecks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, title } of hostChecks) {
      expect(name).toMatch(/^host\/[a-z-]+$/);
      expect(title.length).toBeLessThanOrEqual(20);
    }
  });

  test("writing is left to the thorough look, and the disk is measured on control planes alone", () => {
    expect([...judge({ node: "w-1" }).keys()]).not.toContain("host/etcd-disk");
    expect([...judge({ thorough: false }).keys()]).not.toContain("host/etcd-disk");
    expect([...judge().keys()]).toContain("host/etcd-disk");
  });
});

describe("a machine that is not fit is told by what it lacks, and nothing else", () => {
  const one = (host: Readonly<Record<string, string>>, node = "cp-1") => told({ host, node });
  test("kind and size", () => {
    expect(one({ machine: "aarch64" })).toEqual(["host/cpu error"]);
    expect(one({ os: "debian", osVersion: "11" })).toEqual(["host/distribution error"]);
    expect(one({ os: "constructor", osVersion: "99" })).toEqual(["host/distribution error"]);
    expect(one({ systemd: "no" })).toEqual(["host/systemd error"]);
    expect(one({ cpus: "1" })).toEqual(["host/cpus error"]);
    expect(one({ memoryMb: "900" })).toEqual(["host/memory error"]);
    expect(one({ cpus: "1", memoryMb: "900" }, "w-1")).toEqual([]);
    expect(one({ cpus: "", memoryMb: "" })).toEqual(["host/cpus unknown", "host/memory unknown"]);
  });

  test("another distribution is a doubt where the inventory takes any", () => {
    expect(told({ host: { os: "alpine" }, extra: "os: {distributions: any}" })).toEqual(["host/distribution warning"]);
  });

  test("a missing program, with this distribution's own command", () => {
    expect(one({ missing: "conntrack" })).toEqual(["host/tools error"]);
    expect(words("host/tools", { host: { missing: "conntrack" } })).toContain("apt-get install conntrack ");
    expect(words("host/tools", { host: { os: "rocky", osVersion: "9.4", missing: "conntrack" } })).toContain(
      "dnf install conntrack-tools",
    );
  });

  test("swap: refused, or turned off when the inventory says so", () => {
    expect(one({ swap: "/dev/sda2" })).toEqual(["host/swap error"]);
    expect(told({ host: { swap: "/dev/sda2" }, extra: "os: {swap: disable}" })).toEqual([]);
  });

  test("a full disk, until the machine is in the cluster", () => {
    expect(words("host/disk", { host: { freeMb: "200" } })).toContain("3000 MB must be free under /var/lib");
    expect(one({ freeMb: "200", claimedBy: "sample" })).toEqual([]);
  });

  test("another name is a warning: the cluster calls it by the inventory's", () => {
    expect(one({ hostname: "localhost" })).toEqual(["host/hostname warning"]);
  });

  test("of another cluster, or of another hand", () => {
    expect(words("host/other-cluster", { host: { claimedBy: "rack-4" } })).toContain("the machine belongs to cluster rack-4");
    expect(one({ claimedBy: "rack-4" })).toEqual(["host/other-cluster error"]);
    expect(one({ trace: "/etc/rancher/rke2" })).toEqual(["host/other-cluster error"]);
    expect(one({ claimedBy: "sample", trace: "/etc/kubernetes/kubelet.conf" })).toEqual([]);
  });

  test("several faults are told together", () => {
    expect(one({ machine: "aarch64", systemd: "no", missing: "conntrack", swap: "/dev/sda2", freeMb: "200" })).toEqual([
      "host/cpu error",
      "host/systemd error",
      "host/tools error",
      "host/disk error",
      "host/swap error",
    ]);
  });
});

describe("control groups", () => {
  const v1 = { cgroup: "type=tmpfs\nv1=cpuset\nv1=cpu\nv1=cpuacct\nv1=devices\nv1=freezer\nv1=memory\nv1=pids\n" };
  test("v1 with a kubelet that refuses it", () => {
    expect(told({ says: v1 })).toEqual(["host/cgroup error"]);
    expect(words("host/cgroup", { says: v1 })).toContain("kubelet.failCgroupV1: false");
    expect(told({ says: v1, kubernetes: "1.34.9" })).toEqual(["host/cgroup warning"]);
    expect(told({ says: v1, extra: "kubelet: {failCgroupV1: false}" })).toEqual([]);
  });

  test("a controller that is switched off", () => {
    expect(told({ says: { cgroup: "type=cgroup2fs\nv2=cpuset cpu io pids\n" } })).toEqual(["host/cgroup error"]);
    expect(words("host/cgroup", { says: { cgroup: "type=cgroup2fs\nv2=cpuset cpu pids\n" } })).toContain("cgroup_enable=memory");
    expect(told({ says: { cgroup: v1.cgroup.replace("v1=pids\n", "") }, extra: "kubelet: {failCgroupV1: false}" })).toEqual([
      "host/cgroup error",
    ]);
  });

  test("what is not understood is not known", () => {
    for (const said of ["", "type=\n", "type=ext2/ext3\n", "type=\u001b[2J\n"])
      expect(told({ says: { cgroup: said } })).toEqual(["host/cgroup unknown"]);
  });
});

describe("etcd's disk", () => {
  const ms = (...list: readonly number[]): string => list.map((one) => `ms=${one / 1000}\n`).join("");
  const times = (n: number, value: number): readonly number[] => Array.from({ length: n }, () => value);
  test("a disk that is slow all along is a doubt, a busy moment is not", () => {
    expect(told({ says: { fsync: ms(...times(20, 3), ...times(30, 12)) } })).toEqual(["host/etcd-disk warning"]);
    expect(told({ says: { fsync: ms(...times(40, 0.4), ...times(10, 80)) } })).toEqual(["host/etcd-disk warning"]);
    expect(told({ says: { fsync: ms(...times(42, 0.4), ...times(8, 20)) } })).toEqual([]);
    expect(told({ says: { fsync: ms(400, 500, 600) } })).toEqual(["host/etcd-disk warning"]);
  });
  test("what could not be measured is not known", () => {
    for (const said of ["", "ms=\nms=x\n", ms(1, 1, 1)])
      expect(told({ says: { fsync: said } })).toEqual(["host/etcd-disk unknown"]);
  });
});
