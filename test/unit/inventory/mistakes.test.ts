import { describe, expect, it } from "vitest";
import { inventory, told } from "./read.ts";

describe("YAML", () => {
  it.each([
    ["no anchor", "a: *b\n", 'cluster.yaml:1:4: there is no anchor "b" (an anchor is written &b before it is used)'],
    ["a cycle", "a: &a [*a]\n", 'cluster.yaml:1:8: the anchor "a" contains itself (an anchor is written &a before it is used)'],
    ["a key twice", "a: 1\nb:\n  c: 1\n  c: 2\n", 'cluster.yaml:4:3: "c" stands twice in the same mapping (keep one of them)'],
    ["a tag", "a: !foo 1\n", "cluster.yaml:1:4: not valid YAML: Unresolved tag: !foo"],
    [
      "two documents",
      "a: 1\n---\nb: 2\n",
      "cluster.yaml:2:1: a second YAML document starts here (one file holds one cluster; remove what follows ---)",
    ],
    ["a tab", "a:\n\t- 1\n", "cluster.yaml:2:1: a tab indents this line (YAML wants spaces)"],
    ["nothing", "", "cluster.yaml:1:1: the inventory is empty (`provision init` writes one)"],
    ["comments alone", "# x\n", "cluster.yaml:1:1: the inventory is empty (`provision init` writes one)"],
    ["a list", "- 1\n", "cluster.yaml:1:1: the inventory must be a mapping, but a list of 1 is a list"],
    ["deep nesting", `a: ${"[".repeat(100_000)}`, "cluster.yaml:1:1: the inventory is nested too deeply to be read"],
    ["a huge file", "#".repeat(3_000_000), "cluster.yaml:1:1: the inventory is larger than 2 MiB"],
  ])("%s", (_, text, expected) => {
    expect(told(text)).toEqual([expected]);
  });

  it("bytes that are no text", () => {
    const bytes = Buffer.concat([Buffer.from("name: a\nx: ü"), Buffer.from([0xff, 0x41])]);
    expect(told(bytes)).toEqual(["cluster.yaml:2:5: the inventory is not UTF-8 text (save the file as UTF-8)"]);
  });

  it("a billion laughs", () => {
    const levels = Array.from({ length: 9 }, (_, i) => `x-${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(", ")}]`);
    expect(told(`x-0: &l0 [lol, lol]\n${levels.join("\n")}\n`)).toEqual([
      "cluster.yaml:1:1: the aliases of the inventory expand to too much data (write the values out, or nest aliases less)",
    ]);
  });
});

describe("one mistake, one message, at its place", () => {
  it.each([
    ["netwrok: {}", '4:1: netwrok: unknown field (did you mean "network"?)'],
    ["pods: 10.1.0.0/16", '4:1: pods: unknown field ("pods" is a field elsewhere: network.pods)'],
    ["endpoint: {kind: node-local, hosts: x}", '4:30: endpoint.hosts: unknown field (did you mean "host"?)'],
    ["__proto__: {x: 1}", /^cluster.yaml:4:1: __proto__: unknown field \(known here: apiVersion, name,/],
    ["kubelet: {maxPods: 0}", "4:20: kubelet.maxPods: 0 is less than 1"],
    ["kubelet: {maxPods: '110'}", '4:20: kubelet.maxPods must be a number, but "110" is text (remove the quotes: 110)'],
    ["kubelet:", "4:9: kubelet must be a mapping, but nothing stands here (give a value or remove the line)"],
    ["network: [a]", "4:10: network must be a mapping, but a list of 1 is a list"],
    ["network: {pods: 10.244.0.0/33}", '4:17: network.pods: "10.244.0.0/33" is not a network such as 10.244.0.0/16'],
    [
      "network: {pods: 10.244.1.0/16}",
      '4:17: network.pods: "10.244.1.0/16" is not the first address of its network: write 10.244.0.0/16',
    ],
    ['network: {pods: "fd00::/48"}', '4:17: network.pods: "fd00::/48" is an IPv6 network, which is not supported yet'],
    [
      "network: {kubeProxy: {mode: nftable}}",
      '4:29: network.kubeProxy.mode: "nftable" is not one of nftables, iptables, ipvs, none (did you mean "nftables"?)',
    ],
    [
      "endpoint: {kind: kube-vip}",
      '4:18: endpoint.kind: "kube-vip" is planned, but this version does not do it yet (for now: node-local or external)',
    ],
    [
      "artifacts: {from: bundle, file: x}",
      '4:19: artifacts.from: "bundle" is planned, but this version does not do it yet (for now: official or mirror)',
    ],
    ["artifacts: {from: mirror, url: 'ftp://x'}", '4:32: artifacts.url: "ftp://x" is not an http:// or https:// URL'],
    [
      "artifacts: {from: mirror, url: 'https://u:p@x'}",
      '4:32: artifacts.url: "https://u:p@x" has a user or password in it; an inventory holds no secrets',
    ],
    ["ssh: {sudoPasswordEnv: my-pass}", '4:24: ssh.sudoPasswordEnv: "my-pass" is not the name of an environment variable'],
    [
      "ssh: {bastion: 'jump:99999'}",
      '4:16: ssh.bastion: "jump:99999" is not a jump host such as jump.example, ops@jump.example or jump.example:2222',
    ],
    ["os: {sysctls: {Bad Key: 1}}", '4:16: os.sysctls."Bad Key" is not the name of a sysctl such as vm.max_map_count'],
    ["ssh: {bastion: 3}", "4:16: ssh.bastion must be text or a mapping, but 3 is a number"],
    ["containerd: {version: 2.2}", '4:23: containerd.version must be text, but 2.2 is a number (quote it: "2.2")'],
    [
      "kubelet: {evictionHard: {nodefs.available: lots}}",
      '4:44: kubelet.evictionHard."nodefs.available": "lots" is not a size such as 1Gi or a share such as 10%',
    ],
    ["upgrade: {drain: {timeout: 10}}", '4:28: upgrade.drain.timeout must be text, but 10 is a number (quote it: "10")'],
    ["upgrade: {window: 0%}", '4:19: upgrade.window: "0%" is not a number of nodes or a share such as 25%'],
    ["upgrade: {window: true}", "4:19: upgrade.window must be a number or text, but true is a boolean (true or false)"],
    ["upgrade: {hooks: {before: ' '}}", '4:27: upgrade.hooks.before: " " is empty'],
  ])("%s", (extra, expected) => {
    expect(told(inventory(extra))).toEqual([
      typeof expected === "string" ? `cluster.yaml:${expected}` : expect.stringMatching(expected),
    ]);
  });

  it.each([
    ["{name: cp, adress: 192.0.2.1, roles: [control-plane]}", '5:16: nodes[0].adress: unknown field (did you mean "address"?)'],
    ["{name: cp, roles: [control-plane]}", "5:5: nodes[0].address is missing"],
    ["{name: CP_1, address: 192.0.2.1}", /^cluster.yaml:5:12: nodes\[0\].name: "CP_1" is not a name of lower-case letters/],
    [
      "{name: cp, address: 127.0.0.1}",
      '5:25: nodes[0].address: "127.0.0.1" cannot be the address of a machine: it is in 127.0.0.0/8',
    ],
    [
      "{name: cp, address: 010.0.0.1}",
      '5:25: nodes[0].address: "010.0.0.1" is not an IPv4 address (a DNS name can stand in ssh.host)',
    ],
    ["{name: cp, address: 'fe80::1'}", '5:25: nodes[0].address: "fe80::1" is an IPv6 address, which is not supported yet'],
    [
      "{name: cp, address: 192.0.2.1, roles: [control-plain]}",
      '5:44: nodes[0].roles[0]: "control-plain" is not one of control-plane, worker (did you mean "control-plane"?)',
    ],
    [
      "{name: cp, address: 192.0.2.1, labels: {zone: 1}}",
      '5:51: nodes[0].labels.zone must be text, but 1 is a number (quote it: "1")',
    ],
    [
      "{name: cp, address: 192.0.2.1, labels: {on: yes, b: true}}",
      '5:57: nodes[0].labels.b must be text, but true is a boolean (true or false) (quote it: "true")',
    ],
    [
      "{name: cp, address: 192.0.2.1, taints: [a:No]}",
      /^cluster.yaml:5:45: nodes\[0\].taints\[0\]: "a:No" is not a taint such as/,
    ],
    [
      "{name: cp, address: 192.0.2.1, ssh: {hostKeys: [x]}}",
      /^cluster.yaml:5:53: nodes\[0\].ssh.hostKeys\[0\]: "x" is not a host key fingerprint/,
    ],
    ["cp", '5:5: nodes[0] must be a mapping, but "cp" is text'],
  ])("node %s", (node, expected) => {
    expect(told(inventory("", `  - ${node}`))).toEqual([
      typeof expected === "string" ? `cluster.yaml:${expected}` : expect.stringMatching(expected),
    ]);
  });

  it("a version that YAML reads as a number", () => {
    expect(told(inventory().replace("1.36.4", "1.30"))).toEqual([
      'cluster.yaml:3:23: kubernetes.version must be text, but 1.30 is a number (quote it: "1.30"; without quotes YAML reads 1.3)',
    ]);
  });

  it("in an anchor, is told where the anchor stands", () => {
    expect(
      told(inventory("x-a: &a {order: late}", "  - {<<: *a, name: cp, address: 192.0.2.1, roles: [control-plane]}")),
    ).toEqual(['cluster.yaml:4:17: nodes[0].order: "late" is not one of default, edge']);
  });
});

it("several mistakes are told together, in the order of the file", () => {
  const nodes = "  - {name: cp-1, address: 192.0.2.11, roles: [control-plane]}\n  - {name: cp-1, address: 192.0.2.300}";
  expect(
    told(inventory("netwrok: {}\nkubelet: {maxPods: x}", nodes)).map((text) => text.split(": ").slice(0, 2).join(": ")),
  ).toEqual([
    "cluster.yaml:4:1: netwrok",
    'cluster.yaml:5:20: kubelet.maxPods must be a number, but "x" is text',
    "cluster.yaml:8:27: nodes[1].address",
  ]);
});

it("an unknown field does not hide what the rules see", () => {
  const nodes = "  - {name: cp-1, address: 192.0.2.11, roles: [control-plane]}\n  - {name: cp-1, address: 192.0.2.12}";
  expect(told(inventory("netwrok: {}", nodes))).toEqual([
    'cluster.yaml:4:1: netwrok: unknown field (did you mean "network"?)',
    "cluster.yaml:7:12: nodes[1].name: cp-1 is already at cluster.yaml:6:12 (every machine needs its own name)",
  ]);
});
