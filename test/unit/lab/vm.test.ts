import { describe, expect, it } from "vitest";
import { topologyNodes } from "../../lab/naming.ts";
import { vmArguments, vmShape, wishedVm } from "../../lab/vm.ts";
import { moduleOrder } from "../../lab/vmInitramfs.ts";
import { kernelPackage, sourcesFor } from "../../lab/vmPackages.ts";

const lab = { name: "t1", number: 3 };

describe("a virtual machine of a lab", () => {
  it("takes an address that no container of the lab comes near", () => {
    const nodes = topologyNodes(lab, { controlPlanes: 1, workers: 1, vms: [vmShape(), vmShape({ kernel: "6.12" })] });
    expect(nodes.map((node) => [node.name, node.address, node.vm?.kernel])).toEqual([
      ["cp-1", "10.77.3.11", undefined],
      ["w-1", "10.77.3.21", undefined],
      ["vm-1", "10.77.3.250", "6.1"],
      ["vm-2", "10.77.3.249", "6.12"],
    ]);
    const third = wishedVm(lab, nodes, { memoryMb: 2048 });
    expect([third.name, third.role, third.address, third.vm?.memoryMb]).toEqual(["vm-3", "worker", "10.77.3.248", 2048]);
  });

  it("may be a control plane, under a name of its own", () => {
    const first = wishedVm(lab, [], { role: "control-plane", name: "old" });
    expect([first.name, first.role, first.address]).toEqual(["old", "control-plane", "10.77.3.19"]);
    const second = wishedVm(lab, [first], { role: "control-plane" });
    expect([second.name, second.address]).toEqual(["vm-2", "10.77.3.18"]);
  });

  it("is known by its interface, its files and its address", () => {
    const spec = wishedVm(lab, [], {});
    const args = vmArguments({ lab, spec, folder: "/c/labs/t1/nodes/vm-1", clientKey: "/c/key" }, vmShape()).join(" ");
    expect(args).toContain("ifname=lab3-vm-1,");
    expect(args).toContain("mac=02:6c:0a:4d:03:fa,");
    expect(args).toContain("file=/c/labs/t1/nodes/vm-1/disk.ext4,");
    expect(args).toContain("lab.address=10.77.3.250/24 lab.gateway=10.77.3.254");
  });
});

describe("moduleOrder", () => {
  const dep = [
    "kernel/a/virtio_blk.ko.xz: kernel/v/virtio.ko.xz kernel/v/virtio_ring.ko.xz",
    "kernel/v/virtio.ko.xz: kernel/v/virtio_ring.ko.xz",
    "kernel/v/virtio_ring.ko.xz:",
    "kernel/n/net-failover.ko.xz:",
    "",
  ].join("\n");

  it("loads what a module needs before it, and nothing twice", () => {
    expect(moduleOrder(dep, "kernel/fs/ext4/ext4.ko\n", ["virtio_blk", "ext4", "virtio", "net_failover"])).toEqual([
      "kernel/v/virtio_ring.ko.xz",
      "kernel/v/virtio.ko.xz",
      "kernel/a/virtio_blk.ko.xz",
      "kernel/n/net-failover.ko.xz",
    ]);
  });

  it("tells of a module that is nowhere", () => {
    expect(() => moduleOrder(dep, "", ["ext4"])).toThrow("no module ext4");
  });
});

describe("what apt is asked for", () => {
  it("is another suite of the archive that made the root file system", () => {
    expect(sourcesFor("deb [trusted=yes] http://mirror.example/debian bookworm main\n", "trixie")).toMatch(
      /^deb \[signed-by=\S+\] http:\/\/mirror\.example\/debian trixie main\n$/,
    );
    expect(() => sourcesFor("# nothing\n", "trixie")).toThrow("names no archive");
  });

  it("is the package behind the metapackage", () => {
    const depends = "linux-image-cloud-amd64\n  Depends: linux-image-6.12.107+deb13-cloud-amd64\n";
    expect(kernelPackage(depends)).toBe("linux-image-6.12.107+deb13-cloud-amd64");
    expect(kernelPackage("linux-image-cloud-amd64\n  Depends: linux-image-cloud-amd64\n")).toBeNull();
  });
});
