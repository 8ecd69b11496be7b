import { describe, expect, it } from "vitest";
import { inventory, read, told } from "./read.ts";

const node = (name: string, host: number, more = "roles: [control-plane]"): string =>
  `  - {name: ${name}, address: 192.0.2.${host}, ${more}}`;
const nodes = (...lines: readonly string[]): string => inventory("", lines.join("\n"));
const one = node("cp", 1);

describe("nodes", () => {
  it.each([
    [
      "a name twice",
      nodes(one, node("cp", 2, "roles: [worker]")),
      "6:12: nodes[1].name: cp is already at cluster.yaml:5:12 (every machine needs its own name)",
    ],
    [
      "an address twice",
      nodes(one, node("w", 1, "roles: [worker]")),
      "6:24: nodes[1].address: 192.0.2.1 is already at cluster.yaml:5:25 (every machine needs its own address)",
    ],
    [
      "one SSH host for two",
      nodes(one, node("w", 2, "ssh: {host: 192.0.2.1}")),
      "6:47: nodes[1]: SSH reaches w at 192.0.2.1:22, as it does cp (give each machine its own ssh.host or ssh.port)",
    ],
    [
      "no control plane",
      nodes(node("w", 1, "roles: [worker]")),
      "5:3: no node has the role control-plane (add roles: [control-plane] to one node, or to three)",
    ],
    [
      "an even number",
      nodes(one, node("cp-2", 2)),
      "5:3: 2 control planes survive the loss of 0, no more than 1 would (use 1 or 3)",
    ],
    [
      "a label key",
      nodes(node("cp", 1, "roles: [control-plane], labels: {-a: x}")),
      /5:73: label "-a" of cp: the key is not letters/,
    ],
    [
      "a label value",
      nodes(node("cp", 1, "roles: [control-plane], labels: {a: x y}")),
      /5:72: label "a" of cp: the value "x y" is not letters/,
    ],
    [
      "a reserved label",
      nodes(node("cp", 1, "roles: [control-plane], labels: {kubernetes.io/hostname: x}")),
      /label "kubernetes.io\/hostname" of cp: Kubernetes keeps this prefix for itself/,
    ],
    [
      "a taint key",
      nodes(node("cp", 1, "roles: [control-plane], taints: ['a/b/c:NoExecute']")),
      /5:69: taint "a\/b\/c" of cp: the key has more than one slash/,
    ],
    [
      "a taint twice",
      nodes(node("cp", 1, "roles: [control-plane], taints: [a=1:NoExecute, a=2:NoExecute]")),
      /taint "a" of cp: NoExecute stands twice/,
    ],
  ])("%s", (_, text, expected) => {
    const all = told(text).map((line) => line.replace("warning: ", ""));
    expect(all).toEqual([typeof expected === "string" ? `cluster.yaml:${expected}` : expect.stringMatching(expected)]);
  });

  it.each(["topology.kubernetes.io/zone", "node-role.kubernetes.io/db", "example.com/x", "node.kubernetes.io/pool"])(
    "the label %s is fine",
    (key) => {
      expect(read(nodes(node("cp", 1, `roles: [control-plane], labels: {${key}: a}`))).nodes[0]?.labels).toEqual({ [key]: "a" });
    },
  );

  it("a label of the defaults is told where it stands", () => {
    expect(told(inventory("defaults: {labels: {k8s.io/x: a}}", one))[0]).toMatch(/^cluster.yaml:4:31: label "k8s.io\/x" of cp/);
  });
});

describe("networks", () => {
  it.each([
    [
      "{pods: 10.0.0.0/8, services: 10.96.0.0/16}",
      /^cluster.yaml:4:39: network.services: 10.96.0.0\/16 overlaps network.pods 10.0.0.0\/8/,
    ],
    [
      "{pods: 192.0.0.0/16}",
      /^cluster.yaml:6:27: nodes\[0\].address: 192.0.2.11 of cp-1 is inside network.pods 192.0.0.0\/16 \(choose another network.pods\)/,
    ],
    [
      "{services: 10.96.0.0/11}",
      /^cluster.yaml:4:21: network.services: 10.96.0.0\/11 is larger than Kubernetes takes \(use a prefix from \/12 to \/28/,
    ],
    ["{services: 10.96.0.0/29}", /^cluster.yaml:4:21: network.services: 10.96.0.0\/29 is smaller than Kubernetes takes/],
    [
      "{pods: 10.244.0.0/24}",
      /^cluster.yaml:4:17: network.pods: 10.244.0.0\/24 has room for 1 node, and there are 2: every node takes a \/24 \(use \/23 or larger\)/,
    ],
    ["{pods: 10.244.0.0/25}", /has room for 0 nodes/],
    ["{pods: 64.0.0.0/7}", /network.pods: 64.0.0.0\/7 is larger than Kubernetes takes/],
  ])("%s", (network, expected) => {
    expect(told(inventory(`network: ${network}`))[0]).toMatch(expected);
  });
});

describe("versions and modes", () => {
  it.each([
    [
      "1.33.13",
      "",
      "cluster.yaml:3:23: kubernetes.version: 1.33.13 is older than this version supports (supported: 1.34, 1.35, 1.36)",
    ],
    [
      "1.37.0",
      "",
      "cluster.yaml:3:23: kubernetes.version: 1.37.0 is newer than this version knows (supported: 1.34, 1.35, 1.36)",
    ],
    [
      "1.36.4",
      "containerd: {version: 1.7.34}",
      "cluster.yaml:4:23: containerd.version: 1.7.34 with Kubernetes 1.36.4 is not supported (Kubernetes 1.36 goes with containerd 2.3.0 or newer 2.3, 2.2.0 or newer 2.2 (containerd RELEASES.md))",
    ],
    [
      "1.35.8",
      "containerd: {version: 2.3.4}",
      /^warning: cluster.yaml:4:23: containerd.version: 2.3.4 with Kubernetes 1.35.8 is a pair that nobody is known to have tested/,
    ],
    [
      "1.34.11",
      "containerd: {version: 2.1.2}",
      /^cluster.yaml:4:23: containerd.version: 2.1.2 with Kubernetes 1.34.11 is not supported/,
    ],
    [
      "1.36.4",
      "network: {kubeProxy: {mode: ipvs}}",
      "warning: cluster.yaml:4:29: network.kubeProxy.mode: ipvs is deprecated since Kubernetes 1.35, and planned to go in 1.43 (use nftables)",
    ],
    [
      "1.36.4",
      "network: {cni: {name: flannel, nftables: false}}",
      /^warning: cluster.yaml:4:42: network.cni.nftables: flannel writes iptables rules while kube-proxy does not/,
    ],
    [
      "1.36.4",
      "network: {cni: {name: flannel, version: 0.24.4}}",
      /^cluster.yaml:4:41: network.cni.version: flannel 0.24.4 has no nftables mode \(use 0.28.0 or newer/,
    ],
    [
      "1.36.4",
      "network: {cni: {name: flannel, version: 0.27.4}}",
      /^warning: .* flannel 0.27.4 in nftables mode still wants br_netfilter/,
    ],
    [
      "1.36.4",
      "endpoint: {kind: node-local, port: 10250}",
      "cluster.yaml:4:36: endpoint.port: 10250 is the port of kubelet (use 7443, the default)",
    ],
    ["1.36.4", "endpoint: {kind: node-local, port: 22}", /endpoint.port: 22 is the port of sshd on cp-1/],
    ["1.36.4", "endpoint: {kind: node-local, port: 30100}", /endpoint.port: 30100 is the port of NodePorts/],
    [
      "1.36.4",
      "artifacts: {from: mirror, url: 'http://m.example'}",
      /^warning: cluster.yaml:4:32: artifacts.catalog: http:\/\/m.example\/catalog.json comes over plain http/,
    ],
  ])("Kubernetes %s, %s", (version, extra, expected) => {
    const all = told(inventory(extra).replace("1.36.4", version));
    expect(all).toEqual([typeof expected === "string" ? expected : expect.stringMatching(expected)]);
  });

  it.each([
    ["1.35.8", "network: {kubeProxy: {mode: iptables}, cni: {name: flannel, version: 0.24.4}}"],
    ["1.34.11", "network: {kubeProxy: {mode: ipvs}}"],
    ["1.34.11", "containerd: {version: 1.7.28}"],
    ["1.36.4", "endpoint: {kind: external, host: k8s.example}"],
    ["1.36.4", `artifacts: {from: mirror, url: 'http://m.example', catalogSha256: ${"a".repeat(64)}}`],
  ])("nothing to say to Kubernetes %s, %s", (version, extra) => {
    expect(told(inventory(extra).replace("1.36.4", version))).toEqual([]);
  });
});
