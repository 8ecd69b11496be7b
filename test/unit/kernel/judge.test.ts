import { describe, expect, test } from "vitest";
import { answersTo, contextWith, errors, evidenceOf, factsOf, objections, withLink } from "./samples.ts";

describe("a kernel without loadable modules, its configuration in /proc/config.gz", () => {
  test.each([
    "kubelet",
    "cgroup",
    "cgroup-v2",
    "containerd",
    "kube-proxy-nftables",
    "kube-proxy-iptables",
    "flannel-vxlan",
    "flannel-host-gw",
  ])("%s: yes", (feature) => {
    expect(objections(feature, evidenceOf("lab-6.18"))).toEqual([]);
  });

  test.each([
    ["flannel-wireguard", "link wireguard", "CONFIG_WIREGUARD", "network.cni.backend: vxlan"],
    ["flannel-ipip", "link ipip", "CONFIG_NET_IPIP", "network.cni.backend: vxlan"],
    ["calico-ipip", "link ipip", "CONFIG_NET_IPIP", "VXLAN"],
    ["cilium-netkit", "link netkit", "CONFIG_NETKIT", "bpf.datapathMode: veth"],
    ["cilium-geneve", "link geneve", "CONFIG_GENEVE", "vxlan"],
    ["multus-ipvlan", "link ipvlan", "CONFIG_IPVLAN", "macvlan"],
  ])("%s: no, for want of %s, and what would help", (feature, what, option, instead) => {
    const answers = answersTo(feature, evidenceOf("lab-6.18"));
    expect([...answers].filter(([, answer]) => answer.says === "no").map(([name]) => name)).toEqual([what]);
    const answer = answers.get(what);
    expect(answer).toMatchObject({
      says: "no",
      severity: "error",
      why: expect.stringContaining(`${option} is not set in /proc/config.gz`),
    });
    expect(answer).toMatchObject({ hint: expect.stringContaining(`run a kernel with ${option}`) });
    expect(answer).toMatchObject({ hint: expect.stringContaining(instead) });
  });

  test("kube-proxy ipvs: no, and only for what is not there", () => {
    expect(errors("kube-proxy-ipvs").map((text) => text.split(":")[0])).toEqual([
      "IP_VS",
      "IP_VS_RR",
      "IP_VS_WRR",
      "IP_VS_SH",
      "link dummy",
    ]);
    expect(answersTo("kube-proxy-ipvs", evidenceOf("lab-6.18")).get("IP_VS")).toMatchObject({
      hint: "run a kernel with CONFIG_IP_VS; or set network.kubeProxy.mode: nftables in the inventory",
    });
  });

  test("Cilium: 1.18.8 does not run on 6.18, 1.18.5 does, and what is only recommended does not block", () => {
    const bad = errors("cilium", evidenceOf("lab-6.18", { lockdown: "none" }), contextWith({ cilium: "1.18.8" }));
    expect(bad).toEqual([expect.stringContaining("kernel 6.18.44-fc-v657 is 6.18 or newer")]);
    expect(errors("cilium", evidenceOf("lab-6.18", { lockdown: "none" }), contextWith({ cilium: "1.18.5" }))).toEqual([]);
    expect(errors("cilium", evidenceOf("debian-6.1"), contextWith({ cilium: "1.18.8" }))).toEqual([]);
  });

  test("what the kernel refused is told with the reason that was read", () => {
    const tried = withLink(evidenceOf("lab-6.18"), "netkit", { outcome: "refused", said: "Unknown device type." });
    expect(answersTo("cilium-netkit", tried).get("link netkit")).toMatchObject({
      says: "no",
      seen: "Unknown device type.",
      why: expect.stringContaining("CONFIG_NETKIT is not set"),
    });
  });
});

describe("Debian's 6.1, nothing loaded yet", () => {
  test.each([
    "kubelet",
    "cgroup-v2",
    "containerd",
    "kube-proxy-nftables",
    "kube-proxy-iptables",
    "kube-proxy-ipvs",
    "flannel-vxlan",
    "flannel-wireguard",
    "flannel-nftables",
    "calico-iptables",
    "calico-nftables",
    "calico-ipip",
    "calico-wireguard",
    "cilium-ipsec",
    "cilium-l7-policy",
    "multus-macvlan",
    "multus-ipvlan",
  ])("%s: yes, for its modules can be loaded", (feature) => {
    expect(objections(feature, evidenceOf("debian-6.1"))).toEqual([]);
  });

  test("a module that can be loaded is a yes that was inferred, one that is loaded a yes that was seen", () => {
    const loadable = answersTo("flannel-wireguard", evidenceOf("debian-6.1")).get("link wireguard");
    expect(loadable).toEqual({ says: "yes", by: "inferred", from: "module wireguard can be loaded" });
    const loaded = answersTo("flannel-wireguard", evidenceOf("debian-6.1", { loaded: new Set(["wireguard"]) })).get(
      "link wireguard",
    );
    expect(loaded).toEqual({ says: "yes", by: "seen", from: "module wireguard loaded" });
  });

  test("netkit is not in it; tcx and BIG TCP are for newer kernels", () => {
    expect(errors("cilium-netkit", evidenceOf("debian-6.1"))).toEqual([
      expect.stringContaining("CONFIG_NETKIT is not set in /boot/config-6.1.0-50"),
    ]);
    expect(errors("cilium-tcx", evidenceOf("debian-6.1"))).toEqual(["kernel 6.6: kernel 6.1.0-50-cloud-amd64 is older than 6.6"]);
    expect(errors("cilium-big-tcp-ipv6", evidenceOf("debian-6.1"))).toEqual([]);
  });

  test("a module whose file is missing is named with the package that has it", () => {
    const loadable = new Set([...(factsOf("debian-6.1").loadable ?? [])].filter((name) => name !== "vxlan"));
    expect(answersTo("flannel-vxlan", evidenceOf("debian-6.1", { loadable })).get("link vxlan")).toMatchObject({
      says: "no",
      why: "CONFIG_VXLAN=m, but module vxlan is not installed",
      hint: expect.stringMatching(/^install module vxlan \(package linux-image-amd64 .*; or set network\.cni\.backend: host-gw/),
    });
  });

  test("modules of another kernel than the one that runs: unknown, and a restart is named", () => {
    expect(answersTo("flannel-vxlan", evidenceOf("debian-6.1", { loadable: null })).get("link vxlan")).toMatchObject({
      says: "unknown",
      hint: expect.stringContaining("boot the kernel that is installed"),
    });
  });
});

describe("older kernels", () => {
  test("kube-proxy nftables is refused below 5.13 whatever Red Hat brought in, for the program compares the number", () => {
    expect(errors("kube-proxy-nftables", evidenceOf("rhel-8.4"))).toContainEqual(
      "kernel 5.13: kernel 4.18.0-305.el8.x86_64 is older than 5.13 (kube-proxy compares the number and exits)",
    );
    expect(errors("kube-proxy-nftables", evidenceOf("ubuntu-20.04"))).toEqual([
      "kernel 5.13: kernel 5.4.0-216-generic is older than 5.13 (kube-proxy compares the number and exits)",
    ]);
    expect(objections("kube-proxy-nftables", evidenceOf("ubuntu-20.04"))).toContainEqual(
      expect.stringMatching(/^warning kernel 6\.1: /),
    );
  });

  test("the host's nft: too old is a no, none is fine, unreadable is unknown", () => {
    expect(errors("kube-proxy-nftables", evidenceOf("rhel-8.4"))).toContainEqual(
      expect.stringMatching(/^nft 1\.0\.1: nft 0\.9\.3 is older/),
    );
    const nft = (said: string | null) =>
      answersTo("kube-proxy-nftables", evidenceOf("debian-6.1", { tools: new Map([["nft", said]]) })).get("nft 1.0.1");
    expect(nft(null)).toMatchObject({ says: "yes", by: "seen" });
    expect(nft("")).toMatchObject({ says: "unknown" });
    expect(nft("1.0.6-2+deb12u2")).toMatchObject({ says: "yes" });
    expect(nft("nftables v1.1.3 (Commodore Bullmoose #4)")).toMatchObject({ says: "yes" });
  });

  test("iptables works on RHEL 8 and Ubuntu 20.04", () => {
    expect(errors("kube-proxy-iptables", evidenceOf("rhel-8.4"))).toEqual([]);
    expect(errors("kube-proxy-iptables", evidenceOf("ubuntu-20.04"))).toEqual([]);
  });

  test("back-ports that a source names count, from the release it names on", () => {
    const cilium = (release: string, version: string) =>
      answersTo("cilium", evidenceOf("rhel-8.4", { release }), contextWith({ cilium: version })).get(
        version < "1.18" ? "kernel 5.4" : "kernel 5.10",
      )?.says;
    expect(cilium("4.18.0-305.el8.x86_64", "1.18.5")).toBe("no");
    expect(cilium("4.18.0-372.9.1.el8.x86_64", "1.18.5")).toBe("yes");
    expect(cilium("4.18.0-372.9.1.el8.x86_64", "1.19.1")).toBe("no");
    expect(cilium("4.18.0-553.el8_10.x86_64", "1.19.1")).toBe("yes");
    expect(cilium("4.18.0-372.9.1.el8.x86_64", "1.17.3")).toBe("yes");
    expect(answersTo("calico-ebpf", evidenceOf("rhel-8.4")).get("kernel 5.10")).toMatchObject({ says: "yes", by: "inferred" });
  });

  test("back-ports that no source names make it unknown on Red Hat, and a no elsewhere", () => {
    expect(answersTo("cilium-bbr", evidenceOf("rhel-8.4")).get("kernel 5.18")?.says).toBe("unknown");
    expect(answersTo("cilium-bbr", evidenceOf("ubuntu-20.04")).get("kernel 5.18")?.says).toBe("no");
  });

  test("WireGuard brought into 5.4 by the distribution is a yes; on RHEL 8 it is a no that names 5.6", () => {
    expect(errors("calico-wireguard", evidenceOf("ubuntu-20.04"))).toEqual([]);
    expect(errors("calico-wireguard", evidenceOf("rhel-8.4"))).toEqual([expect.stringContaining("5.6")]);
  });
});
