import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { nftParts } from "../../../../src/kernel/evidence.ts";
import { type NftFamily, nftProbe } from "../../../../src/kernel/probes/nftProbe.ts";
import { nftTrial } from "../../../../src/kernel/probes/nftRulesets.ts";
import { captured, refusal, replied } from "./reply.ts";

const probe = nftProbe(["ip", "ip6"], false);
const parse = (stdout: string) => probe.parse(replied(stdout));
const good = captured("nft-6.18");
const families: readonly NftFamily[] = ["ip", "ip6", "inet"];

describe("what a machine says of nftables", () => {
  test("a kernel without flow tables: everything else was loaded and read back", () => {
    const { version, json, parts } = parse(good);
    expect([version, json]).toEqual(["1.0.6", true]);
    expect([...parts.keys()]).toEqual(nftParts);
    expect(parts.get("flowtable")).toEqual({ outcome: "refused", said: "Could not process rule: No such file or directory" });
    expect([...parts].filter(([, { outcome }]) => outcome !== "accepted").map(([part]) => part)).toEqual(["flowtable"]);
  });

  test("a kernel with modules that nobody loaded: nothing was tried, and the version is the package's", () => {
    const { version, json, parts } = parse(captured("nft-6.1-would-load"));
    expect([version, json]).toEqual(["1.0.6", false]);
    expect(parts.get("ct")).toEqual({ outcome: "would-load", modules: ["nfnetlink", "nf_tables", "nft_ct", "nf_conntrack"] });
    expect(new Set([...parts.values()].map(({ outcome }) => outcome))).toEqual(new Set(["would-load"]));
  });

  test("a release of nft that knows no names of protocols", () => {
    expect(parse(good.replaceAll(/\btcp\b(?! reset)/g, "6")).parts.get("concatenated-map")).toEqual({ outcome: "accepted" });
  });

  test("accepted, but not there in one family: refused", () => {
    const lines = good.split("\n");
    const at = lines.indexOf("=\ttable ip6 provision_masquerade {");
    const without = lines.filter((line, index) => index < at || !line.includes("masquerade fully-random"));
    expect(parse(without.join("\n")).parts.get("masquerade")).toEqual({
      outcome: "refused",
      said: "it was accepted, but is not there when read back (ip6)",
    });
    const gone = lines.filter((line) => line !== "=\ttable ip provision_fib {").join("\n");
    expect(parse(gone).parts.get("fib")).toMatchObject({ outcome: "refused" });
  });

  test("no nft, and no namespace", () => {
    expect(parse("nft\tnone\nend\n")).toEqual({ version: null, json: false, parts: new Map() });
    const { version, parts } = parse("impossible\tno network namespace could be made\nend\n");
    expect(version).toBeNull();
    expect(parts.get("nat")).toEqual({ outcome: "not-possible", why: "no network namespace could be made" });
    expect(parts.size).toBe(nftParts.length);
  });

  test("versions as package managers write them", () => {
    const version = (text: string) => parse(good.replace(/^nft\t.*$/m, `nft\t${text}`)).version;
    expect(version("nftables v0.9.8 (E.D.S.)")).toBe("0.9.8");
    expect(version("package 1:1.1.3-2")).toBe("1.1.3");
    expect(version("package nftables 1:1.0.9-1")).toBe("1.0.9");
    expect(version("package nftables-1.0.9-r0 x86_64 {nftables} (GPL-2.0-or-later) [installed]")).toBe("1.0.9");
    expect(version("package ")).toBe("unknown");
  });

  test("JSON that is not nft's is not JSON of nft", () => {
    for (const text of ["", "{", "[]", "null", '{"nftables": 1}', "JSON support not compiled-in"])
      expect(parse(good.replace(/^json\t.*$/m, `json\t${text}`)).json, text).toBe(false);
  });
});

describe("replies that no script of ours makes", () => {
  const hostile: Readonly<Record<string, string>> = {
    nothing: "",
    "cut off": good.slice(0, -5),
    "a part that does not exist": good.replace("part\tnat\t", "part\t__proto__\t"),
    "a part twice": good.replace("part\tct\t", "part\tnat\t"),
    "a part missing": good.replace("part\tct\taccepted\t\n", ""),
    "an outcome that does not exist": good.replace("part\tct\taccepted", "part\tct\tconstructor"),
    "another line": good.replace("part\tct", "hello\tct"),
    "a version that is a sentence": good.replace(/^nft\t.*$/m, "nft\tnftables vvv"),
    "no version": good.replace(/^nft\t.*\n/m, ""),
    "a module that is a command": captured("nft-6.1-would-load").replace("nft_numgen", "$(reboot)"),
    "a module that stayed": good.replace(/end\n$/, "loaded\tnft_ct\nleft\tnft_ct\nend\n"),
    "a stayed module that is none": good.replace(/end\n$/, "left\t../../x\nend\n"),
  };
  test.each(Object.entries(hostile))("%s", (_, stdout) => {
    expect(refusal(probe, stdout)?.key).toBe("kernel/nft ip,ip6");
  });

  test("a module that stayed is named", () => {
    expect(refusal(probe, hostile["a module that stayed"] ?? "")?.message).toBe(
      "trying loaded kernel modules that could not be unloaded again: nft_ct",
    );
  });
});

describe("what is asked", () => {
  test("the script is one that sh reads, and equal questions have equal keys", () => {
    for (const mayLoad of [false, true]) {
      const { script } = nftProbe(families, mayLoad);
      expect(spawnSync("sh", ["-n"], { input: script.text, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    }
    expect(nftProbe(["ip"], false).key).toBe(nftProbe(["ip"], false).key);
    expect(new Set([nftProbe(["ip"], false), nftProbe(["ip"], true), nftProbe(["ip6"], false)].map(({ key }) => key)).size).toBe(
      3,
    );
  });

  test("every part has a table of its own, with the words of its family, and something to look for", () => {
    for (const part of nftParts) {
      for (const family of families) {
        const { ruleset, shows } = nftTrial(part, family);
        expect(ruleset).toMatch(new RegExp(`^table ${family} provision_${part} \\{\n[^]*\n\\}$`));
        expect(shows.length).toBeGreaterThan(0);
        if (family === "ip6") expect(ruleset).not.toMatch(/\bip [sd]addr|192\.0\.2|ipv4_addr/);
        if (family === "ip") expect(ruleset).not.toMatch(/\bip6 |2001:db8|ipv6_addr/);
      }
    }
    expect(nftTrial("nat", "inet").ruleset).toContain("dnat ip to 192.0.2.1:80");
    expect(nftTrial("fib", "ip6").modules).toEqual(["nft_fib", "nft_fib_ipv6"]);
  });
});
