import { sh } from "../../src/host/sh.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import { nthAddress } from "../../src/model/ip.ts";
import type { ProxyMode } from "../../src/network/proxyModes.ts";
import type { Condition } from "../../src/role/action.ts";
import { getPrelude } from "./live.ts";
import { inContainer } from "./rules.ts";

type Running = Exclude<ProxyMode, "none">;

/** Counters of writes that failed: kubernetes pkg/proxy/metrics. */
const failures =
  "kubeproxy_sync_proxy_rules_(nftables_sync_failures|nftables_cleanup_failures|iptables_restore_failures|iptables_partial_restore_failures)_total";

/**
 * The node's kube-proxy is healthy, in that mode, with that mode's rules, and a Service answers. "started": just now, so that a write that
 * failed counts against it; what it left of another mode is cleared after. "settled": and there are no other mode's rules.
 */
export const serves = ({ network }: ClusterSpec, mode: Running, when: "started" | "settled"): Condition => ({
  summary: `kube-proxy serves in mode ${mode}`,
  script: sh`${inContainer}
${getPrelude}
echo "health=$(get 10256 /healthz | sed -n '1s/^[^ ]* \\([0-9]*\\).*/\\1/p')"
echo "mode=$(get 10249 /proxyMode | sed '1,/^$/d')"
get 10249 /metrics | awk ${`/^${failures}/ {n += $2} END {print "failures=" n + 0}`}
t=$(p nft list tables ip 2>/dev/null) && echo "table=$(printf '%s\\n' "$t" | grep -cx 'table ip kube-proxy')"
r=$(p iptables-save -t nat 2>/dev/null) && echo "services=$(printf '%s\\n' "$r" | grep -c '^:KUBE-SVC-')"
timeout 5 bash -c ${`exec 3<>/dev/tcp/${nthAddress(network.services, 1)}/443`} 2>/dev/null && echo api=yes; true`,
  unmet: ({ stdout }) => {
    const said = new Map(stdout.split("\n").map((line) => line.split("=", 2) as [string, string]));
    const [table, services] = [said.get("table"), said.get("services")];
    if (said.get("mode") === "") return "it does not answer on 127.0.0.1:10249";
    if (said.get("mode") !== mode) return `it runs in mode ${said.get("mode")}`;
    if (said.get("health") !== "200") return `its health is ${said.get("health") || "not told"} on port 10256`;
    if (when === "started" && said.get("failures") !== "0") return `${said.get("failures")} writes of its rules failed`;
    if (mode === "nftables" && table === "0") return "its table ip kube-proxy is not there";
    if (mode === "iptables" && services === "0") return "its chains KUBE-SVC-* are not there";
    if (when === "settled" && mode !== "nftables" && table === "1")
      return "the table ip kube-proxy of mode nftables is still there";
    if (when === "settled" && mode === "nftables" && services !== undefined && services !== "0")
      return `${services} chains KUBE-SVC-* of mode iptables are still there`;
    return said.get("api") === "yes" ? null : `${nthAddress(network.services, 1)}:443, the API's ClusterIP, does not answer`;
  },
  intervalMs: 500,
  deadlineMs: 90_000,
  evidence: sh`crictl logs --tail 15 "$(crictl ps -aq --name '^kube-proxy$' | head -n 1)"`,
});
