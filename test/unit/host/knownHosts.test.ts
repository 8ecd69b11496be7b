import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fingerprint, hostKeyAlgorithms, keyTypeName, readHostKey } from "../../../src/host/hostKey.ts";
import { knownHostsName, parseKnownHosts } from "../../../src/host/knownHosts.ts";
import { judgeHostKey } from "../../../src/host/verifyHostKey.ts";

const keyA = { type: "ssh-ed25519", base64: "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f" };
const keyB = { type: "ssh-rsa", base64: "AAAAB3NzaC1yc2EAAAADAQABAAAAAwECAw==" };
const line = (names: string, key = keyA): string => `${names} ${key.type} ${key.base64} a comment`;
const hashed = (name: string): string => {
  const salt = Buffer.from("0123456789abcdefghij");
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
};
const knows = (text: string, host: string, port = 22): number[] =>
  parseKnownHosts(text)
    .hosts.filter((known) => known.matches(knownHostsName(host, port)))
    .map((known) => known.line);

describe("parseKnownHosts", () => {
  it.each([
    ["plain", line("node-1"), "node-1", 22, true],
    ["plain, other case", line("Node-1"), "NODE-1", 22, true],
    ["another name", line("node-1"), "node-11", 22, false],
    ["comma list", line("a,10.0.0.1,b"), "10.0.0.1", 22, true],
    ["port", line("[10.0.0.1]:2222"), "10.0.0.1", 2222, true],
    ["port, asked without", line("[10.0.0.1]:2222"), "10.0.0.1", 22, false],
    ["no port, asked with", line("10.0.0.1"), "10.0.0.1", 2222, false],
    ["IPv6", line("2001:db8::1"), "2001:DB8::1", 22, true],
    ["hashed", line(hashed("node-1")), "node-1", 22, true],
    ["hashed, another name", line(hashed("node-1")), "node-2", 22, false],
    ["hashed with port", line(hashed("[node-1]:2222")), "node-1", 2222, true],
    ["wildcard", line("*.lab.example"), "a.lab.example", 22, true],
    ["a dot is a dot", line("a.b"), "axb", 22, false],
    ["question mark", line("node-?"), "node-7", 22, true],
    ["negated", line("*.example,!bad.example"), "bad.example", 22, false],
    ["beside the negated", line("*.example,!bad.example"), "good.example", 22, true],
    ["comment", `# ${line("node-1")}`, "node-1", 22, false],
  ])("%s", (_, text, host, port, expected) => {
    expect(knows(`\n\n${text}\n`, host, port)).toEqual(expected ? [3] : []);
  });

  it("notes what it cannot use and goes on", () => {
    const parsed = parseKnownHosts(
      `@cert-authority ${line("*")}\nrubbish\n@odd ${line("x")}\n${line("|2|x|y")}\r\n${line("good")}`,
    );
    expect(parsed.notes.map((note) => note.line)).toEqual([1, 2, 3, 4]);
    expect(parsed.hosts.map((host) => host.line)).toEqual([5]);
  });
});

describe("judgeHostKey", () => {
  const spec = { host: "10.0.0.1", port: 22, hostKeys: [] as string[], knownHosts: "/k" };
  const judge = (text: string, key = keyA, hostKeys: string[] = []) =>
    judgeHostKey("n", { ...spec, hostKeys }, parseKnownHosts(text).hosts, key);

  it("says unknown only of a host nothing is known of", () => {
    expect(judge("")).toBe("unknown");
    expect(judge(line("*"))).toBe("ok");
  });

  it("names both fingerprints and the line of a key that changed, another type included", () => {
    const other = { ...keyA, base64: keyA.base64.replace("AABAg", "AABBg") };
    for (const verdict of [judge(`\n${line("*", other)}`), judge(`\n${line("*", keyB)}`)])
      expect(verdict).toMatchObject({
        kind: "host-key-changed",
        transient: false,
        message: expect.stringContaining("/k:2 says"),
      });
    expect(judge(line("*", keyB))).toMatchObject({
      message: expect.stringMatching(new RegExp(`${fingerprint(keyA).replace(/[+]/g, "\\+")}.*RSA SHA256:`)),
    });
  });

  it("refuses a revoked key even where the inventory names it", () => {
    expect(judge(`@revoked ${line("*")}\n${line("*")}`, keyA, [fingerprint(keyA)])).toMatchObject({ kind: "host-key-changed" });
  });

  it("takes the inventory's fingerprints instead of known_hosts", () => {
    expect(judge(line("*", keyB), keyA, ["SHA256:x", fingerprint(keyA)])).toBe("ok");
    expect(judge(line("*"), keyA, ["SHA256:x"])).toMatchObject({ kind: "host-key-changed" });
  });
});

describe("host keys", () => {
  it("asks for the known types first and leaves none out", () => {
    expect(hostKeyAlgorithms(["ssh-rsa"]).slice(0, 3)).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]);
    expect(hostKeyAlgorithms(["ecdsa-sha2-nistp384", "unheard-of"])[0]).toBe("ecdsa-sha2-nistp384");
    expect(hostKeyAlgorithms(["ssh-rsa"]).toSorted()).toEqual(hostKeyAlgorithms([]).toSorted());
  });

  it("reads a key's type and survives bytes that are none", () => {
    expect(readHostKey(Buffer.from(keyB.base64, "base64")).type).toBe("ssh-rsa");
    for (const bytes of ["", "\0\0", "\xff\xff\xff\xffabc", "\0\0\0\x03\x1b[m"])
      expect(readHostKey(Buffer.from(bytes, "latin1")).type).toBe("unknown");
    expect(keyTypeName("ecdsa-sha2-nistp256")).toBe("ECDSA");
  });
});
