import { judgeProxyMode } from "../../network/judgeProxyMode.ts";
import { error, type Rule, warning } from "./rule.ts";

/** The network, kube-proxy's mode and Kubernetes go together: src/network/proxyModes.ts. */
export const kubeProxyMode: Rule = (cluster, places) =>
  judgeProxyMode(cluster).map(({ severity, field, code, message, hint }) =>
    (severity === "error" ? error : warning)(code, places.value(field, ["network", "kubeProxy", "mode"]), message, hint),
  );
