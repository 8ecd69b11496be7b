import { compareMinors, ipvsDeprecated, minorOf } from "../../model/versions.ts";
import { type Rule, warning } from "./rule.ts";

/** ipvs is on its way out (KEP-5495). nftables is GA in every Kubernetes this tool supports. */
export const kubeProxyMode: Rule = ({ kubernetes, network }, places) => {
  if (network.kubeProxy.mode !== "ipvs" || compareMinors(minorOf(kubernetes.version), ipvsDeprecated) < 0) return [];
  const message = `network.kubeProxy.mode: ipvs is deprecated since Kubernetes ${ipvsDeprecated}, and planned to go in 1.43`;
  return [warning("ipvs-deprecated", places.value(["network", "kubeProxy", "mode"]), message, "use nftables")];
};
