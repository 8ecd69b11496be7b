import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabIdentity } from "../naming.ts";
import { kernelFiles } from "../vmKernel.ts";
import { vmUnavailable } from "../vmSystem.ts";
import { Scenario } from "./scenario.ts";

/** A machine with a kernel of its own: what a container cannot show. */
const why = await vmUnavailable();
if (why !== null) console.log(`Left out: virtual machines, because ${why}`);
const NAME = "vm-1";

describe.skipIf(why !== null)("a virtual machine with Debian's 6.1", () => {
  let it: Scenario;
  let identity: LabIdentity;

  beforeAll(async () => {
    it = await Scenario.open("s9", { controlPlanes: 0, workers: 0 });
    identity = it.lab.identity;
    await it.lab.addVm({ role: "control-plane", kernel: "6.1" });
    it.inventory();
  });
  afterAll(async () => {
    await it?.close();
    if (it === undefined || it.lab.exists) return; // kept for work on this scenario
    expect(existsSync(it.lab.folder)).toBe(false);
    expect(existsSync(`/sys/class/net/lab${identity.number}-${NAME}`)).toBe(false);
  });

  test("has that kernel, its files, modules to load, and cgroup v2", async () => {
    const kernel = kernelFiles("6.1");
    const seen = await it.on(
      NAME,
      `uname -r; stat -fc %T /sys/fs/cgroup; systemctl is-system-running; wc -c < /boot/config-$(uname -r)
grep -c ^vxlan /proc/modules; modprobe vxlan; grep -c ^vxlan /proc/modules`,
    );
    const size = String(readFileSync(kernel?.config ?? "").length);
    expect(seen.split("\n")).toEqual([kernel?.release, "cgroup2fs", "running", size, "0", "1"]);
  });

  test("is looked at by preflight: what can be loaded is inferred, and nothing is loaded for it", async () => {
    const modules = "sort /proc/modules | cut -d' ' -f1";
    const before = await it.on(NAME, modules);
    const features = ["kube-proxy-ipvs", "flannel-wireguard", "cilium-netkit"].flatMap((name) => ["--feature", name]);
    const { stdout, stderr } = await it.run(["preflight", "--json", "--no-between", ...features, "-i", it.inventory()]);
    expect(stdout, stderr).toContain(kernelFiles("6.1")?.release);
    const { nodes } = JSON.parse(stdout) as { nodes: { checks: { name: string; answer: string; by?: string }[] }[] };
    const said = (check: string): string => {
      const found = nodes[0]?.checks.find(({ name }) => name === check);
      return [found?.answer, found?.by].filter(Boolean).join(" ");
    };
    expect({
      vxlan: said("kernel/flannel-vxlan"),
      nftables: said("kernel/kube-proxy-nftables"),
      ipvs: said("kernel/kube-proxy-ipvs"),
      wireguard: said("kernel/flannel-wireguard"),
      netkit: said("kernel/cilium-netkit"),
      cgroup: said("host/cgroup"),
    }).toEqual({
      vxlan: "yes inferred",
      nftables: "yes inferred",
      ipvs: "yes inferred",
      wireguard: "yes inferred",
      netkit: "no",
      cgroup: "yes seen",
    });
    expect(await it.on(NAME, modules)).toBe(before);
  });

  test("restarts for real, and keeps its disk", async () => {
    const boot = "cat /proc/sys/kernel/random/boot_id";
    const before = await it.on(NAME, `echo kept > /root/kept; sync; ${boot}`);
    await it.lab.reboot(NAME);
    expect(await it.on(NAME, boot)).not.toBe(before);
    expect(await it.on(NAME, "cat /root/kept; grep -c ^vxlan /proc/modules || true")).toBe("kept\n0");
  });
});
