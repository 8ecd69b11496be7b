import type { Diagnostic } from "../../model/diagnostic.ts";
import { compareMinors, minorOf } from "../../model/versions.ts";
import { cilium as part } from "../../network/cilium.ts";
import { ciliumRemoved } from "./ciliumRemoved.ts";
import { error, type Rule, warning } from "./rule.ts";
import { valuePaths } from "./valuePaths.ts";

/** Values that this tool makes from a field of the inventory. */
const ours: Readonly<Record<string, string>> = {
  kubeProxyReplacement: "network.cni.kubeProxyReplacement",
  k8sServiceHost: "endpoint",
  k8sServicePort: "endpoint",
  routingMode: "network.cni.routing",
  tunnelProtocol: "network.cni.routing",
  ipv4NativeRoutingCIDR: "network.pods",
  "ipam.mode": "network.cni.ipam",
  "ipam.operator.clusterPoolIPv4PodCIDRList": "network.pods",
  "hubble.enabled": "network.cni.hubble.enabled",
  "hubble.relay.enabled": "network.cni.hubble.relay",
  upgradeCompatibility: "network.cni.upgradeCompatibility",
  updateStrategy: "",
};

/** Cilium's fields fit each other, Kubernetes, and the version's chart. kube-proxy's mode is another rule. */
export const cilium: Rule = (cluster, places) => {
  const { cni } = cluster.network;
  if (cni.name !== "cilium") return [];
  const found: Diagnostic[] = [];
  const at = (...path: readonly string[]) => places.value(["network", "cni", ...path], ["network", "cni"]);
  const minor = minorOf(cni.version);
  if (cni.hubble.relay && !cni.hubble.enabled)
    found.push(
      error(
        "cilium-hubble",
        at("hubble"),
        "network.cni.hubble: the relay asks agents that keep no flows",
        "set hubble.enabled: true",
      ),
    );
  if (cni.hubble.relay && cni.hubble.tls && compareMinors(minor, "1.19") < 0) {
    const message = `network.cni.hubble.tls: the chart of Cilium ${minor} makes certificates in a Helm hook, and nobody runs it here`;
    found.push(error("cilium-hubble-tls", at("hubble"), message, "use Cilium 1.19, or hubble.tls: false"));
  }
  if (cni.upgradeCompatibility !== null && compareMinors(cni.upgradeCompatibility, minor) > 0) {
    const message = `network.cni.upgradeCompatibility: ${cni.upgradeCompatibility} is newer than Cilium ${cni.version}`;
    found.push(error("cilium-compatibility", at("upgradeCompatibility"), message, "name the minor that was installed first"));
  }
  const tested = part.agent?.tested?.[minor];
  const kubernetes = minorOf(cluster.kubernetes.version);
  if (tested === undefined) {
    const known = Object.keys(part.agent?.tested ?? {}).join(", ");
    const message = `network.cni.version: nothing is known of Cilium ${minor}`;
    found.push(error("cilium-version", at("version"), message, `use one of ${known}`));
  } else if (compareMinors(kubernetes, tested[0]) < 0 || compareMinors(kubernetes, tested[1]) > 0) {
    const message = `network.cni.version: Cilium ${minor} is tested with Kubernetes ${tested[0]} to ${tested[1]}, not with ${kubernetes}`;
    found.push(warning("cilium-untested", at("version"), message, `untested is not unsupported: ${part.agent?.source}`));
  }
  const given = valuePaths(cni.values);
  if (cluster.network.multus !== null && (cni.values.cni as { exclusive?: unknown } | undefined)?.exclusive === true) {
    const message = "network.cni.values: with cni.exclusive Cilium renames every other file of /etc/cni/net.d, Multus' too";
    found.push(error("cilium-exclusive", at("values", "cni", "exclusive"), message, "leave it out: it is false beside Multus"));
  }
  for (const { path, since, instead } of ciliumRemoved) {
    if (!given.has(path) || compareMinors(minor, since) < 0) continue;
    const message = `network.cni.values: Cilium ${since} has no ${path} any more`;
    found.push(error("cilium-removed", places.key(["network", "cni", "values", ...path.split(".")]), message, instead));
  }
  for (const [path, field] of Object.entries(ours)) {
    if (!given.has(path)) continue;
    const hint = field === "" ? "pods are replaced node by node" : `use ${field}`;
    const message = `network.cni.values: ${path} is set by this tool`;
    found.push(error("cilium-value", places.key(["network", "cni", "values", ...path.split(".")]), message, hint));
  }
  return found;
};
