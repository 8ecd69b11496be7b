import type { Catalog } from "../../../../src/artifacts/catalog.ts";
import type { Finding } from "../../../../src/kernel/answer.ts";
import type { ClusterSpec } from "../../../../src/model/cluster.ts";
import type { CheckTarget } from "../../../../src/preflight/check.ts";
import { hostChecks } from "../../../../src/preflight/host/index.ts";
import { factsOfChecks, judgeNode } from "../../../../src/preflight/judgeNode.ts";
import { sampleCluster } from "../../sampleCluster.ts";

const whole = (...lines: readonly string[]): string => `${[...lines, "end=yes"].join("\n")}\n`;

const host: Readonly<Record<string, string>> = {
  os: "debian",
  osVersion: "12",
  machine: "x86_64",
  kernel: "6.1.0-28-amd64",
  systemd: "yes",
  cpus: "2",
  memoryMb: "3911",
  freeMb: "18874",
  clock: "1795281612",
};

/** What a new Debian 12 machine says to each script, by the beginning of the fact's key. */
const fresh: Readonly<Record<string, string>> = {
  cgroup: "type=cgroup2fs\nv2=cpuset cpu io memory hugetlb pids rdma misc\nv1=cpuset\nv1=cpu\nv1=cpuacct\nv1=memory\nv1=pids\n",
  "written sysctls": whole(
    "writable=kernel.panic 0",
    "writable=kernel.panic_on_oops 0",
    "absent=net.bridge.bridge-nf-call-ip6tables",
    "absent=net.bridge.bridge-nf-call-iptables",
    "writable=net.ipv4.ip_forward 0",
    "writable=vm.overcommit_memory 0",
  ),
  "writable sysctls": whole("writable=kernel.panic 0", "writable=net.ipv4.ip_forward 0"),
  "sysctl files": whole(
    "set=/usr/lib/sysctl.d/50-pid-max.conf:kernel.pid_max = 4194304",
    "set=/usr/lib/sysctl.d/99-protect-links.conf:fs.protected_fifos = 1",
  ),
  "net.ipv4.conf.all.rp_filter": "0\n",
  listeners: whole(),
  fsync: Array.from({ length: 50 }, (_, i) => `ms=0.000${i + 130}\n`).join(""),
  resolver: whole("file=/etc/resolv.conf", "nameserver=192.0.2.53", "search= example.org"),
  "active units": whole("inactive=firewalld.service", "inactive=ufw.service", "inactive=NetworkManager.service"),
  "nft chains": whole(),
  "legacy iptables": whole(),
  leftovers: whole(),
  "network managers": whole(),
  "access control": whole("apparmor=yes", "parser=yes"),
  proxies: whole(),
  "package locks": whole(),
};

export interface Broken {
  /** Lines of the host fact: name -> value. */
  readonly host?: Readonly<Record<string, string>>;
  /** Beginning of a fact's key -> its lines; a string is taken as it is. */
  readonly says?: Readonly<Record<string, readonly string[] | string>>;
  readonly node?: string;
  readonly extra?: string;
  readonly kubernetes?: string;
  readonly thorough?: boolean;
  readonly features?: readonly string[];
  /** artifacts: {from: official}. */
  readonly official?: boolean;
  /** network.cni: {name: none}. */
  readonly ownNetwork?: boolean;
  readonly images?: readonly string[];
}

/** Check name -> findings, of a new Debian machine that differs in what is said. */
export function judge(broken: Broken = {}): ReadonlyMap<string, readonly Finding[]> {
  const {
    says = {},
    node = "cp-1",
    extra = "",
    kubernetes,
    thorough = true,
    features = [],
    images = [],
    ownNetwork = false,
  } = broken;
  const sample = sampleCluster({ extra });
  const cluster: ClusterSpec = {
    ...sample,
    artifacts: broken.official === true ? { from: "official" } : sample.artifacts,
    kubernetes: { ...sample.kubernetes, version: kubernetes ?? sample.kubernetes.version },
    network: { ...sample.network, cni: ownNetwork ? { name: "none" } : sample.network.cni },
  };
  const spec = cluster.nodes.find(({ name }) => name === node);
  if (spec === undefined) throw new Error(`no node ${node}`);
  const catalog: Catalog = {
    apiVersion: "provision/catalog/v1",
    files: [],
    images: images.map((ref) => ({ ref, digest: null })),
    kubernetes: {},
    proxyImage: "",
  };
  const target: CheckTarget = { cluster, node: spec, catalog, features, thorough };
  const lines = Object.entries({ hostname: node, ...host, ...broken.host });
  const replyTo = (key: string): string => {
    if (key === "host") return lines.map(([name, value]) => `${name.replace(/\d$/, "")}=${value}\n`).join("");
    const said = Object.entries(says).find(([start]) => key.startsWith(start))?.[1];
    if (said !== undefined) return typeof said === "string" ? said : whole(...said);
    const usual = Object.entries(fresh).find(([start]) => key.startsWith(start))?.[1];
    if (usual === undefined) throw new Error(`nothing is known to say to ${key}`);
    return usual;
  };
  const replies = new Map(factsOfChecks(hostChecks, target).map(({ key }) => [key, { code: 0, stdout: replyTo(key) }]));
  return new Map(judgeNode(hostChecks, target, replies).map(({ check, findings }) => [check, findings]));
}

/** "host/swap error", "host/dns unknown": everything that is not a yes. */
export const told = (broken: Broken = {}): readonly string[] =>
  [...judge(broken)].flatMap(([check, findings]) =>
    findings.flatMap(({ answer }) =>
      answer.says === "yes" ? [] : [`${check} ${answer.says === "no" ? answer.severity : "unknown"}`],
    ),
  );

/** The whole text of what is said of one check, for what a person would read. */
export const words = (check: string, broken: Broken = {}): string => JSON.stringify(judge(broken).get(check) ?? "not asked");
