import { describe, expect, test } from "vitest";
import { judgeFeature } from "../../../src/kernel/judge.ts";
import { answersTo, contextWith, errors, evidenceOf, factsOf, objections, withNft } from "./samples.ts";

describe("options that come and go", () => {
  test("those that newer kernels have no more are not asked of them", () => {
    for (const sample of ["lab-6.18", "debian-6.1"] as const) {
      expect(factsOf(sample).config?.options.has("NF_TABLES_SET")).toBe(false);
      expect(answersTo("kube-proxy-nftables", evidenceOf(sample)).get("nft verdict-map")?.says).toBe("yes");
    }
    expect(answersTo("cilium-ipsec", evidenceOf("debian-6.1")).get("INET_XFRM_MODE_TUNNEL")?.says).toBe("yes");
  });

  test("from 6.17 on: the old tables, or nftables with its shim, either is enough for iptables", () => {
    const options = new Map(factsOf("lab-6.18").config?.options);
    const without = (...names: readonly string[]) =>
      evidenceOf("lab-6.18", {
        config: { source: "/proc/config.gz", options: new Map([...options].filter(([name]) => !names.includes(name))) },
      });
    expect(errors("kube-proxy-iptables", without("IP_NF_FILTER", "IP_NF_NAT", "IP_NF_MANGLE"))).toEqual([]);
    expect(errors("kube-proxy-iptables", without("NFT_COMPAT"))).toEqual([]);
    expect(errors("kube-proxy-iptables", without("IP_NF_NAT", "NFT_COMPAT"))).toEqual([
      expect.stringMatching(/^iptables: CONFIG_IP_NF_NAT .*; CONFIG_NFT_COMPAT /),
    ]);
  });
});

describe("trying counts before reading", () => {
  test("accepted is seen, refused is a no, what would load a module is inferred from it", () => {
    const lab = evidenceOf("lab-6.18");
    const numgen = (evidence = lab) => answersTo("kube-proxy-nftables", evidence).get("nft numgen");
    expect(numgen()).toMatchObject({ says: "yes", by: "inferred", from: "CONFIG_NFT_NUMGEN=y in /proc/config.gz" });
    expect(numgen(withNft(lab, "numgen", { outcome: "accepted" }))).toMatchObject({ says: "yes", by: "seen" });
    expect(
      numgen(withNft(lab, "numgen", { outcome: "refused", said: "Could not process rule: No such file or directory" })),
    ).toMatchObject({
      says: "no",
      seen: "Could not process rule: No such file or directory",
    });
    expect(
      numgen(withNft(evidenceOf("debian-6.1"), "numgen", { outcome: "would-load", modules: ["nf_tables", "nft_numgen"] })),
    ).toEqual({
      says: "yes",
      by: "inferred",
      from: "modules nf_tables, nft_numgen can be loaded",
    });
  });

  test("not possible to try and nothing to read: unknown", () => {
    const blind = evidenceOf("lab-6.18", { config: null });
    const tried = withNft(blind, "numgen", { outcome: "not-possible", why: "unshare is not on the machine" });
    expect(answersTo("kube-proxy-nftables", tried).get("nft numgen")).toMatchObject({ says: "unknown" });
  });
});

describe("where little is known", () => {
  test("a release that is none, and no configuration: unknown throughout", () => {
    const blind = evidenceOf("debian-6.1", {
      release: "$(reboot)",
      config: null,
      builtin: null,
      loadable: null,
      loaded: new Set(),
    });
    const answers = answersTo("kube-proxy-nftables", blind);
    expect(answers.get("kernel 5.13")?.says).toBe("unknown");
    expect(answers.get("nft numgen")?.says).toBe("unknown");
  });

  test("lists of modules without a configuration: a module in neither is a no, a yes-or-no option unknown unless the kernel shows it", () => {
    const shown = evidenceOf("debian-6.1", { config: null });
    expect(answersTo("kubelet", shown).get("MEMCG")).toEqual({
      says: "yes",
      by: "seen",
      from: "controller memory in /proc/cgroups",
    });
    expect(objections("kubelet", shown)).toEqual([]);
    const lists = evidenceOf("debian-6.1", { config: null, loadable: new Set(["vxlan"]), traces: new Set() });
    expect(answersTo("multus-macvlan", lists).get("link macvlan")).toMatchObject({
      says: "no",
      why: "module macvlan is neither built in nor installed",
    });
    expect(answersTo("cilium-vxlan", lists).get("link vxlan")?.says).toBe("yes");
    expect(answersTo("kubelet", lists).get("MEMCG")).toMatchObject({
      says: "unknown",
      hint: expect.stringContaining("/boot/config-"),
    });
  });

  test("lockdown that is not to be seen is a yes only where the kernel has none", () => {
    const lockdown = (change: Parameters<typeof evidenceOf>[1]) =>
      answersTo("retina", evidenceOf("debian-6.1", change)).get("lockdown")?.says;
    expect(lockdown({ lockdown: "none" })).toBe("yes");
    expect(lockdown({ lockdown: "confidentiality" })).toBe("no");
    expect(lockdown({ lockdown: null })).toBe("unknown");
    expect(lockdown({ lockdown: null, config: { source: "/boot/config", options: new Map() } })).toBe("yes");
  });

  test("hidden BTF, and bpffs that is not mounted, are found", () => {
    expect(answersTo("retina", evidenceOf("debian-6.1", { btf: "absent", traces: new Set() })).get("BTF")).toMatchObject({
      says: "no",
      why: expect.stringContaining("but CONFIG_DEBUG_INFO_BTF=y"),
      hint: expect.stringContaining("something hides it"),
    });
    const without = { btf: "absent", traces: new Set<string>(), config: { source: "/boot/config", options: new Map() } } as const;
    expect(answersTo("retina", evidenceOf("debian-6.1", without)).get("BTF")).toMatchObject({
      hint: expect.stringContaining("run a kernel with CONFIG_DEBUG_INFO_BTF"),
    });
    expect(errors("retina", evidenceOf("debian-6.1", { btf: "unreadable" }))).toEqual([expect.stringMatching(/^BTF: /)]);
    expect(errors("retina", evidenceOf("debian-6.1", { mounts: [] }))).toEqual([
      expect.stringMatching(/^bpffs: .* is not mounted/),
    ]);
    expect(errors("retina", evidenceOf("debian-6.1"))).toEqual([]);
  });

  test("a feature nobody knows", () => {
    expect(judgeFeature("kube-proxy-magic", evidenceOf("lab-6.18"), contextWith())).toEqual([
      { what: "kube-proxy-magic", answer: expect.objectContaining({ says: "unknown" }) },
    ]);
  });
});
