import type { ClusterSpec } from "../../src/model/cluster.ts";
import { modeLives } from "../../src/network/proxyModes.ts";
import type { Reason } from "../../src/role/verdict.ts";
import type { LiveProxy } from "./live.ts";

const kep3866 = "KEP-3866";

/** What users of the cluster notice when nodes leave mode `from` for the inventory's. Sources: KEP-3866, kubernetes reference virtual-ips. */
export function noticed(from: string, { network: { kubeProxy } }: ClusterSpec): readonly Reason[] {
  const { mode, nodePortAddresses, localhostNodePorts } = kubeProxy;
  if (from === mode || mode === "none") return [];
  const told = (code: string, message: string, hint?: string): Reason => ({
    code: `kube-proxy/${code}`,
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  const everywhere = nodePortAddresses.length === 0;
  if (mode === "nftables")
    return [
      ...(everywhere
        ? [
            told(
              "node-port-addresses",
              `NodePorts answer only on each node's primary address in mode nftables, in mode ${from} on all of them`,
              "list networks in network.kubeProxy.nodePortAddresses where others are used",
            ),
          ]
        : []),
      told(
        "localhost-node-ports",
        "NodePorts do not answer on 127.0.0.1 in mode nftables",
        "use the node's address (KEP-6032 brings TCP back as alpha in 1.37)",
      ),
      told(
        "host-firewall",
        `kube-proxy opens no holes in a host firewall for NodePorts in mode nftables (${kep3866})`,
        "open the ports that are used there",
      ),
      told("chains", `chains KUBE-* of kube-proxy go; programs that read or add to them find nothing (${kep3866})`),
    ];
  if (from !== "nftables") return [];
  return [
    ...(everywhere
      ? [
          told(
            "node-port-addresses",
            `NodePorts answer on all of a node's addresses in mode ${mode}, in mode nftables only on the primary one`,
            "network.kubeProxy.nodePortAddresses: [primary] keeps it so",
          ),
        ]
      : []),
    ...(mode === "iptables" && localhostNodePorts !== false
      ? [
          told(
            "localhost-node-ports",
            "NodePorts answer on 127.0.0.1 in mode iptables, for which it sets net.ipv4.conf.all.route_localnet=1",
            "network.kubeProxy.localhostNodePorts: false leaves both",
          ),
        ]
      : []),
  ];
}

/** What a node's kube-proxy has counted in the mode it is about to leave, and what on the node leans on that mode. */
export function leanedOn({ mode, localhostPackets, invalidPackets, scripts }: LiveProxy, wanted: string): readonly Reason[] {
  if (mode !== "iptables" || wanted === "iptables") return [];
  return [
    ...(localhostPackets !== null && localhostPackets > 0
      ? [
          {
            code: "kube-proxy/localhost-used",
            message: "NodePorts of this node are used on 127.0.0.1, where mode nftables has none",
            seen: `kubeproxy_iptables_localhost_nodeports_accepted_packets_total ${localhostPackets}`,
            hint: "have them use the node's address first",
          },
        ]
      : []),
    ...(invalidPackets !== null && invalidPackets > 0
      ? [
          {
            code: "kube-proxy/invalid-packets",
            message:
              "connection tracking takes packets here for invalid, which mode iptables drops and mode nftables does not: connections may be reset",
            seen: `kubeproxy_iptables_ct_state_invalid_dropped_packets_total ${invalidPackets}`,
            hint: "set network.kubeProxy.conntrack.tcpBeLiberal: true, or run kernel 6.1 or newer",
          },
        ]
      : []),
    ...(scripts.length > 0
      ? [
          {
            code: "kube-proxy/scripts",
            message: "files of this node name chains that go with mode iptables",
            seen: scripts.join(", "),
            hint: "change them first",
          },
        ]
      : []),
  ];
}

/** Changes of mode that leave rules which nothing takes away: cmd/kube-proxy/app/server_linux.go cleans between nftables and the others alone. */
export function noWay(from: string, to: string): Reason | null {
  const pair = [from, to];
  if (!pair.includes("iptables") || !pair.includes("ipvs")) return null;
  return {
    code: "kube-proxy/iptables-ipvs",
    message: `kube-proxy does not take away the rules of mode ${from} when it starts in mode ${to}`,
    hint: `go by way of nftables: set mode nftables, run up, then ${to} (${modeLives.ipvs.source})`,
  };
}
