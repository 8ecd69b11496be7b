import type { Diagnostic } from "../../model/diagnostic.ts";
import { canalPairs, flannelNftables, isAtLeast } from "../../model/versions.ts";
import { error, type Rule, warning } from "./rule.ts";

/** Its two parts are versions that somebody ships together, and new enough. Which modes of kube-proxy go with it: kubeProxyMode. */
export const canal: Rule = ({ network }, places) => {
  const { cni, kubeProxy } = network;
  if (cni.name !== "canal") return [];
  const found: Diagnostic[] = [];
  const at = (field: string) => places.value(["network", "cni", field], ["network", "cni", "name"]);
  if (!isAtLeast(cni.flannel, firstFlannel)) {
    const message = `network.cni.flannel: flannel ${cni.flannel} has no --ip-blackhole-route, and writes forwarding rules beside Felix's`;
    found.push(error("canal-flannel", at("flannel"), message, `use ${firstFlannel} or newer`));
  }
  const known = canalPairs[cni.version] ?? [];
  if (!known.includes(cni.flannel)) {
    const message = `network.cni: Calico ${cni.version} with flannel ${cni.flannel} is a pair that nobody is known to ship`;
    const others = shippedWith(cni.flannel);
    const hint =
      known.length > 0
        ? `RKE2 shipped Calico ${cni.version} with flannel ${known.join(" and ")}`
        : others.length > 0
          ? `RKE2 shipped flannel ${cni.flannel} with Calico ${others.join(" and ")}`
          : "RKE2 shipped neither; docs/canal.md lists the pairs that it did";
    found.push(warning("untested-canal", at("version"), message, hint));
  }
  if (kubeProxy.mode === "nftables" && cni.felixBackend === "legacy") {
    const message =
      "network.cni.felixBackend: Felix's legacy rules and kube-proxy's nftables ones are in two tables of the kernel's";
    found.push(error("canal-felix", at("felixBackend"), message, "leave felixBackend out: it is nft then"));
  }
  if (cni.nftables && !isAtLeast(cni.flannel, flannelNftables.withoutBridgeNetfilter)) {
    const message = `network.cni.flannel: flannel ${cni.flannel} in nftables mode still wants br_netfilter`;
    found.push(warning("flannel-nftables", at("flannel"), message, `use ${flannelNftables.withoutBridgeNetfilter} or newer`));
  }
  return found;
};

/** --ip-blackhole-route and --iptables-forward-rules: both in every release that has EnableNFTables. flannel-io/flannel main.go. */
const firstFlannel = flannelNftables.first;

const shippedWith = (flannel: string): readonly string[] =>
  Object.entries(canalPairs)
    .filter(([, all]) => all.includes(flannel))
    .map(([calico]) => calico);
