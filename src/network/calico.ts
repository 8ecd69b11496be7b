import { sh } from "../host/sh.ts";
import type { ClusterSpec } from "../model/cluster.ts";
import type { CalicoSpec } from "../model/cni/calico.ts";
import type { NetworkPart, NetworkPort, Owned } from "./part.ts";

const requirements = "https://docs.tigera.io/calico/latest/getting-started/kubernetes/requirements";

const of = ({ network: { cni } }: ClusterSpec): CalicoSpec => {
  if (cni.name !== "calico") throw new Error("the cluster has no Calico");
  return cni;
};

/** Felix's own rules in the kernel's chains, which its comments name, and the routes that hold a node's blocks (its protocol is 80). */
const felixRules = sh`for v in iptables ip6tables; do
  command -v "$v-save" >/dev/null || continue
  for t in $("$v-save" 2>/dev/null | sed -n 's/^[*]//p'); do
    { echo "*$t"; "$v-save" -t "$t" 2>/dev/null | grep -e '--comment "cali:' | sed -n 's/^-A /-D /p'; echo COMMIT; } | "$v-restore" --noflush 2>/dev/null
  done
done
ip route flush type blackhole proto 80 2>/dev/null`;

/** Of /etc/cni/net.d. */
export const calicoConfFile = "10-calico.conflist";

/** What Felix, its CNI plug-in and its data planes make on a node. projectcalico/calico felix/rules, felix/dataplane/linux. */
export const felixOwns: Owned = {
  more: felixRules,
  interfaces: ["cali*", "vxlan.calico", "vxlan-v6.calico", "wireguard.cali"],
  nftTables: ["ip calico", "ip6 calico"],
  chains: ["cali-"],
  ipSets: ["cali40", "cali60"],
  confFiles: [calicoConfFile, "calico-kubeconfig"],
  paths: ["/var/run/calico", "/var/lib/calico", "/run/calico", "/var/log/calico", "/var/run/nodeagent"],
};

const calicoAgent = {
  image: /(?:^|\/)(?:calico\/node|hardened-calico)$/,
  tested: { "3.29": ["1.29", "1.32"], "3.30": ["1.31", "1.35"], "3.31": ["1.32", "1.35"], "3.32": ["1.34", "1.36"] },
  source: requirements,
} as const;

/** The release has two manifests: with Typha between the nodes and the API servers, and without. */
export const sourceOf = ({ typhaReplicas }: CalicoSpec): string =>
  typhaReplicas > 0 ? "calico-typha-manifest" : "calico-manifest";

/** Felix's own defaults: projectcalico/calico felix/config/config_params.go. */
export const felixVxlan = { vni: 4096, port: 4789 } as const;

export const isVxlan = ({ encapsulation }: CalicoSpec): boolean =>
  encapsulation === "vxlan" || encapsulation === "vxlan-cross-subnet";

const port = (protocol: "tcp" | "udp", number: number, service: string, loopback: boolean): NetworkPort => ({
  protocol,
  port: number,
  service,
  loopback,
  source: requirements,
});

export const felixHealthPort = 9099;

const ports = (calico: CalicoSpec): readonly NetworkPort[] => [
  ...(isVxlan(calico) ? [port("udp", calico.vxlan.port, "Calico VXLAN", false)] : []),
  ...(calico.bgp === null ? [] : [port("tcp", 179, "Calico BGP", false)]),
  ...(calico.typhaReplicas > 0 ? [port("tcp", 5473, "Calico Typha", false), port("tcp", 9098, "Calico Typha health", true)] : []),
  port("tcp", felixHealthPort, "Felix health", true),
  ...(calico.felix.metrics === "off"
    ? []
    : [port("tcp", calico.felix.metricsPort, "Felix metrics", calico.felix.metrics === "loopback")]),
];

export const calico: NetworkPart = {
  name: "Calico",
  inUse: ({ network }) => network.cni.name === "calico",
  sources: (cluster) => ({ [sourceOf(of(cluster))]: of(cluster).version }),
  versions: (cluster) => ({ calico: of(cluster).version }),
  kernelFeatures: (cluster) => [
    `calico-${of(cluster).dataplane}`,
    ...(isVxlan(of(cluster)) ? ["calico-vxlan"] : []),
    ...(of(cluster).encapsulation === "ipip" ? ["calico-ipip"] : []),
  ],
  ports: (cluster) => ports(of(cluster)),
  // Headers of VXLAN over IPv4 and of IP in IP: https://docs.tigera.io/calico/latest/networking/configuring/mtu.
  overhead: (cluster) => (isVxlan(of(cluster)) ? 50 : of(cluster).encapsulation === "ipip" ? 20 : 0),
  confFile: calicoConfFile,
  owns: felixOwns,
  agent: calicoAgent,
  programs: ["calico-node", "calico-typha", "bird"],
  namespaces: ["kube-system"],
  policies: true,
};
