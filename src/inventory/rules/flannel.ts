import type { Diagnostic } from "../../model/diagnostic.ts";
import { flannelNftables, isAtLeast } from "../../model/versions.ts";
import { error, type Rule, warning } from "./rule.ts";

/** flannel is new enough to write nftables rules. Which kind goes with kube-proxy's: kubeProxyMode. */
export const flannel: Rule = ({ network }, places) => {
  const { cni } = network;
  if (cni.name !== "flannel") return [];
  const found: Diagnostic[] = [];
  const version = places.value(["network", "cni", "version"]);
  if (!cni.nftables) return found;
  if (!isAtLeast(cni.version, flannelNftables.first)) {
    const message = `network.cni.version: flannel ${cni.version} has no nftables mode`;
    found.push(
      error(
        "flannel-nftables",
        version,
        message,
        `use ${flannelNftables.withoutBridgeNetfilter} or newer, or kubeProxy.mode: iptables`,
      ),
    );
  } else if (!isAtLeast(cni.version, flannelNftables.withoutBridgeNetfilter)) {
    const message = `network.cni.version: flannel ${cni.version} in nftables mode still wants br_netfilter`;
    found.push(warning("flannel-nftables", version, message, `use ${flannelNftables.withoutBridgeNetfilter} or newer`));
  }
  return found;
};
