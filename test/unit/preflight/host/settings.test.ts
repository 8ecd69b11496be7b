import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { hostChecks } from "../../../../src/preflight/host/index.ts";
import { listenersFact } from "../../../../src/preflight/host/listeners.ts";
import { factsOfChecks } from "../../../../src/preflight/judgeNode.ts";
import { sampleCluster } from "../../sampleCluster.ts";
import { type Broken, told, words } from "./freshNode.ts";

const settings = (...lines: readonly string[]): Broken => ({
  says: {
    "written sysctls": [
      "writable=kernel.panic 10",
      "writable=kernel.panic_on_oops 1",
      "writable=net.bridge.bridge-nf-call-ip6tables 1",
      "writable=net.bridge.bridge-nf-call-iptables 1",
      "writable=vm.overcommit_memory 1",
      ...lines,
    ],
  },
});

describe("kernel settings", () => {
  test("one that is needed and read-only, but not one that has its value already", () => {
    expect(told(settings("refused=net.ipv4.ip_forward 0"))).toEqual(["host/sysctls error"]);
    expect(words("host/sysctls", settings("refused=net.ipv4.ip_forward 0"))).toContain("net.ipv4.ip_forward must be 1");
    expect(words("host/sysctls", settings("refused=net.ipv4.ip_forward 0"))).not.toContain("os.sysctls");
    expect(told(settings("refused=net.ipv4.ip_forward 1"))).toEqual([]);
  });
  test("one of the inventory's that this kernel does not have", () => {
    const broken = settings("writable=net.ipv4.ip_forward 1", "absent=vm.nonsense");
    expect(told({ ...broken, extra: 'os: {sysctls: {vm.nonsense: "1"}}' })).toEqual(["host/sysctls error"]);
  });
  test("one that cannot be read, and a reply that breaks off", () => {
    expect(told(settings("unreadable=net.ipv4.ip_forward"))).toEqual(["host/sysctls unknown"]);
    expect(told({ says: { "written sysctls": "writable=net.ipv4.ip_forward 1\n" } })).toEqual(["host/sysctls unknown"]);
  });
  test("a loose check of the return path, where Calico is asked for", () => {
    const loose = { says: { "net.ipv4.conf.all.rp_filter": "2\n" } };
    expect(told(loose)).toEqual([]);
    expect(told({ ...loose, features: ["calico-vxlan"] })).toEqual(["host/sysctls warning"]);
    expect(told({ says: { "net.ipv4.conf.all.rp_filter": "" }, features: ["calico-vxlan"] })).toEqual(["host/sysctls unknown"]);
  });
  test("a file that wins at the next boot", () => {
    const files = (...lines: readonly string[]) => told({ says: { "sysctl files": lines } });
    expect(files("set=/etc/sysctl.d/99-sysctl.conf:net.ipv4.ip_forward=0")).toEqual(["host/sysctls warning"]);
    expect(files("set=/etc/sysctl.d/99-sysctl.conf:net/ipv4/ip_forward = 0")).toEqual(["host/sysctls warning"]);
    expect(files("set=/etc/sysctl.d/99-hard.conf:net.ipv4.conf.all.forwarding = 0")).toEqual(["host/sysctls warning"]);
    expect(files("set=/etc/sysctl.d/99-sysctl.conf:net.ipv4.ip_forward = 1")).toEqual([]);
    expect(files("set=/etc/sysctl.d/10-before.conf:net.ipv4.ip_forward=0")).toEqual([]);
  });
  test("a file in /etc hides its namesake; the last word counts", () => {
    const lines = ["set=/etc/sysctl.d/99-a.conf:kernel.pid_max=1", "set=/usr/lib/sysctl.d/99-a.conf:net.ipv4.ip_forward=0"];
    expect(told({ says: { "sysctl files": lines } })).toEqual([]);
    const twice = ["set=/etc/sysctl.d/99-a.conf:net.ipv4.ip_forward=0", "set=/etc/sysctl.d/99-a.conf:net.ipv4.ip_forward=1"];
    expect(told({ says: { "sysctl files": twice } })).toEqual([]);
  });
});

describe("surroundings", () => {
  test("SELinux and AppArmor without what containers need", () => {
    expect(told({ says: { "access control": ["enforce=1"] } })).toEqual(["host/access-control warning"]);
    expect(told({ says: { "access control": ["enforce=1", "policy=yes"] } })).toEqual([]);
    expect(told({ says: { "access control": ["enforce=0"] } })).toEqual([]);
    expect(told({ says: { "access control": ["apparmor=yes"] } })).toEqual(["host/access-control warning"]);
  });
  test("a proxy for services that would be asked for the cluster's addresses", () => {
    const at = "/etc/systemd/system.conf";
    const proxy = (...lines: readonly string[]): Broken => ({ says: { proxies: lines.map((line) => `proxy=${line}`) } });
    expect(told(proxy(`${at} HTTPS_PROXY=`))).toEqual(["host/proxy warning"]);
    expect(told(proxy(`${at} HTTPS_PROXY=`, `${at} NO_PROXY=10.0.0.0/8,localhost`))).toEqual([]);
    expect(words("host/proxy", proxy(`${at} HTTPS_PROXY=`, `${at} NO_PROXY=10.244.0.0/16,10.77.0.0/24`))).toContain(
      "add to no_proxy beside it: 10.96.0.0/16",
    );
    expect(told(proxy("/etc/environment http_proxy="))).toEqual([]);
  });
  test("a package manager at work", () => {
    const broken = { says: { "package locks": ["lock=/var/lib/dpkg/lock-frontend 812 unattended-upgr"] } };
    expect(told(broken)).toEqual(["host/package-lock warning"]);
    expect(words("host/package-lock", broken)).toContain("unattended-upgr (process 812)");
  });
});

describe("replies that are not what was asked for", () => {
  const silent = [
    "listeners",
    "resolver",
    "active units",
    "nft chains",
    "legacy",
    "leftovers",
    "network",
    "access",
    "proxies",
    "package",
  ];
  test.each(silent)("silence of %s is never a yes, and never an accusation", (key) => {
    const all = told({ says: { [key]: "" } });
    expect(all.length).toBeGreaterThan(0);
    expect(all.filter((one) => !one.endsWith(" unknown"))).toEqual([]);
  });
  test.each(silent)("noise from %s ends in no crash", (key) => {
    for (const noise of [
      "=\n= =\n===\nend=yes\n",
      `${key}=\n\u0000\u001b[31m\nend=yes\n`,
      "listen=\nowner=\nlegacy=\ndrop=\nset=\nlock=\nend=yes\n",
    ])
      expect(() => told({ says: { [key]: noise } })).not.toThrow();
  });
});

describe("scripts", () => {
  const cluster = sampleCluster({ extra: "endpoint: {kind: external, host: api.example.org, port: 6443}" });
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error("no node");
  const catalog = { apiVersion: "provision/catalog/v1", files: [], images: [], kubernetes: {}, proxyImage: "" } as const;
  const facts = factsOfChecks(hostChecks, { cluster, node, catalog, features: [], thorough: true });

  test.each(facts.map((fact) => [fact.key, fact.script.text]))("%s is POSIX shell", (_key, text) => {
    execFileSync("sh", ["-n"], { input: text });
  });

  test("who listens is found out of /proc", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("no port");
    const fact = listenersFact([{ port: bound.port, protocol: "tcp" }]);
    const found = fact.parse({
      code: 0,
      stdout: execFileSync("sh", ["-c", `( ${fact.script.text}\n) 2>/dev/null`], { encoding: "utf8" }),
    });
    server.close();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ protocol: "tcp", address: "127.0.0.1", port: bound.port });
    expect(found[0]?.owners.map(({ pid }) => pid)).toContain(process.pid);
  });
});
