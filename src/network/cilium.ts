import { sh } from "../host/sh.ts";
import type { ClusterSpec } from "../model/cluster.ts";
import type { CiliumSpec } from "../model/cni/cilium.ts";
import { interfaceNames } from "./interfaceNames.ts";
import type { NetworkPart, NetworkPort, Owned } from "./part.ts";
import { sysctlBack } from "./sysctlBack.ts";

const of = ({ network: { cni } }: ClusterSpec): CiliumSpec => {
  if (cni.name !== "cilium") throw new Error("the cluster has no Cilium");
  return cni;
};

const page = "https://docs.cilium.io/en/stable/operations/system_requirements/";
const port = (protocol: NetworkPort["protocol"], number: number, service: string, loopback = false): NetworkPort => ({
  protocol,
  port: number,
  service,
  loopback,
  source: page,
});

const tunnels: Readonly<Record<string, NetworkPort>> = {
  vxlan: port("udp", 8472, "Cilium vxlan"),
  geneve: port("udp", 6081, "Cilium geneve"),
};

/** Of /etc/cni/net.d. */
export const ciliumConfFile = "05-cilium.conflist";

/**
 * What the agent makes on a node. cilium/cilium pkg/defaults, pkg/datapath/linux (routing tables and rules of its proxy:
 * linux_defaults), pkg/datapath/loader (programs "cil_…" and their pinned links), tools/sysctlfix. Removing a pinned link takes its program
 * off the interface or cgroup; before kernel 6.6 interfaces have classic filters, which go with the clsact qdisc.
 */
const ciliumOwns: Owned = {
  interfaces: ["cilium_*", "lxc*"],
  nftTables: [],
  chains: ["CILIUM_", "OLD_CILIUM_"],
  ipSets: ["cilium_"],
  confFiles: [ciliumConfFile],
  paths: ["/sys/fs/bpf/cilium", "/sys/fs/bpf/tc/globals/cilium_*", "/run/cilium", "/etc/sysctl.d/99-zzz-override_cilium.conf"],
  // Only where it was: routing tables of these numbers may be somebody else's.
  more: sh`if [ -e /sys/fs/bpf/cilium ] || [ -e /run/cilium ] || ip link show cilium_host >/dev/null 2>&1; then
awk '$2 ~ "^(/var)?/run/cilium/" {print $2}' /proc/mounts | sort -r | while read -r m; do umount -l "$m"; done
if command -v tc >/dev/null; then
  for d in $(${interfaceNames}); do
    { tc filter show dev "$d" ingress; tc filter show dev "$d" egress; } 2>/dev/null | grep -q ' cil_' && tc qdisc del dev "$d" clsact 2>/dev/null
  done
fi
if ip rule show | grep -q '^100:.*lookup local'; then ip rule show | grep -q '^0:.*lookup local' || ip rule add pref 0 lookup local; ip rule del pref 100 lookup local; fi
for t in 2004 2005; do while ip rule del lookup "$t" 2>/dev/null; do :; done; ip route flush table "$t" 2>/dev/null; done
${sysctlBack("net.ipv4.fib_multipath_use_neigh", "0")}
for f in /etc/cni/net.d/*.cilium_bak; do [ -e "$f" ] && rm -f "$f"; done
rm -f /sys/fs/bpf/tc/globals/cilium_*; rmdir /sys/fs/bpf/tc/globals /sys/fs/bpf/tc 2>/dev/null
fi`,
};

export const cilium: NetworkPart = {
  name: "Cilium",
  inUse: ({ network }) => network.cni.name === "cilium",
  sources: (cluster) => ({ "cilium-chart": of(cluster).version }),
  versions: (cluster) => ({ cilium: of(cluster).version }),
  kernelFeatures: (cluster) => {
    const { routing, kubeProxyReplacement, values } = of(cluster);
    const bpf = values.bpf as { masquerade?: unknown } | undefined;
    return [
      "cilium",
      ...(routing === "native" ? [] : [`cilium-${routing}`]),
      ...(kubeProxyReplacement ? ["cilium-kube-proxy-replacement"] : []),
      ...(bpf?.masquerade === true ? [] : ["cilium-iptables-masquerade"]),
    ];
  },
  ports: (cluster) => {
    const { routing, hubble } = of(cluster);
    return [
      ...(tunnels[routing] === undefined ? [] : [tunnels[routing]]),
      port("tcp", 4240, "Cilium health"),
      ...(hubble.relay ? [port("tcp", 4244, "Hubble")] : []),
      port("tcp", 9879, "Cilium agent health", true),
      port("tcp", 9234, "Cilium operator", true),
    ];
  },
  overhead: (cluster) => (of(cluster).routing === "native" ? 0 : 50),
  confFile: ciliumConfFile,
  owns: ciliumOwns,
  agent: {
    image: /(?:^|\/)cilium\/cilium$/,
    tested: { "1.18": ["1.30", "1.33"], "1.19": ["1.31", "1.34"], "1.20": ["1.33", "1.36"] },
    source: "https://docs.cilium.io/en/stable/network/kubernetes/compatibility/",
  },
  programs: ["cilium-agent", "cilium-operator", "cilium-envoy"],
  namespaces: ["kube-system"],
  policies: true,
  // The counters are a pinned eBPF map: an agent that restarts goes on with them.
  drops: sh`c=$(crictl ps -q --name '^cilium-agent$' --state running | head -n 1)
[ -n "$c" ] || exit 3
crictl exec "$c" cilium-dbg metrics list -p drop_count_total | awk '$1 ~ /drop_count_total$/ {n += $NF} END {printf "%d\n", n}'`,
};
