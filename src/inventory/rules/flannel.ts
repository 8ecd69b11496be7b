import type { Diagnostic } from "../../model/diagnostic.ts";
import { flannelNftables, isAtLeast } from "../../model/versions.ts";
import { error, type Rule, warning } from "./rule.ts";

/** flannel writes rules of the kind kube-proxy writes, and is new enough to do so. */
export const flannel: Rule = ({ network }, places) => {
  const { cni, kubeProxy } = network;
  if (cni.name !== "flannel") return [];
  const found: Diagnostic[] = [];
  const version = places.value(["network", "cni", "version"]);
  if (cni.nftables !== (kubeProxy.mode === "nftables")) {
    const message = `network.cni.nftables: flannel writes ${cni.nftables ? "nftables" : "iptables"} rules while kube-proxy's mode is ${kubeProxy.mode}`;
    found.push(
      warning(
        "flannel-mode",
        places.value(["network", "cni", "nftables"]),
        message,
        "leave nftables out: it follows kube-proxy's mode",
      ),
    );
  }
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
