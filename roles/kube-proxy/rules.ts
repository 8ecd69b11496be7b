import { type Script, sh } from "../../src/host/sh.ts";
import type { ProxyMode } from "../../src/network/proxyModes.ts";

/** There from before a copy of the old mode's rules is made until it is taken away. Rules and /run both end with the machine's. */
export const copyMark = "/run/provision/kube-proxy-copy";
const copyTable = "provision-kube-proxy";
/** kube-proxy's own name is "KUBE-SVC-" and 16 more, and iptables takes 28: no room for a longer word. */
const copyPrefix = "OLDKUBE-";

/**
 * `p <program> …`: that program as kube-proxy's own container has it, which wrote the rules and is what can read them again; the host's
 * where no kube-proxy runs.
 */
const inContainer = sh`proxy=$(crictl ps -q --state running --name '^kube-proxy$' 2>/dev/null | head -n 1)
if [ -n "$proxy" ]; then p() { crictl exec -i "$proxy" "$@"; }; else p() { "$@"; }; fi`;

const endCopy = sh`if p nft list tables ip 2>/dev/null | grep -qx ${`table ip ${copyTable}`}; then p nft delete table ip ${copyTable} || exit 1; fi
s=$(p iptables-save -t nat 2>/dev/null | grep ${copyPrefix}) && {
  echo '*nat'
  printf '%s\\n' "$s" | sed -n ${`/^-A [^ ]* .*-j ${copyPrefix}/{/^-A ${copyPrefix}/!s/^-A/-D/p}`}
  printf '%s\\n' "$s" | sed -n ${`s/^:\\(${copyPrefix}[^ ]*\\) .*/-F \\1/p`}
  printf '%s\\n' "$s" | sed -n ${`s/^:\\(${copyPrefix}[^ ]*\\) .*/-X \\1/p`}
  echo COMMIT
} | p iptables-restore --noflush || [ -z "$s" ] || exit 1`;

const copyOf: Readonly<Record<Exclude<ProxyMode, "none">, Script>> = {
  nftables: sh`r=$(p nft list table ip kube-proxy) || exit 1
{ printf 'add table ip %s\\ndelete table ip %s\\n' ${copyTable} ${copyTable}
  printf '%s\\n' "$r" | sed ${`1,/{/s/^table ip kube-proxy {/table ip ${copyTable} {/`}; } | p nft -f -`,
  iptables: sh`r=$(p iptables-save -t nat) || exit 1
{ echo '*nat'; printf '%s\\n' "$r" | sed -n -e '/KUBE-[A-Z]*-CANARY/d' -e ${`s/^:KUBE-\\([^ ]*\\) .*/:${copyPrefix}\\1 - [0:0]/p`} -e ${`/^-A .*KUBE-/{s/KUBE-/${copyPrefix}/g;p}`}; echo COMMIT; } |
  p iptables-restore --noflush`,
  ipvs: sh`:`,
};

/**
 * A kube-proxy that starts in another mode takes the old mode's rules away first and writes its own when it has heard from the API: for
 * seconds nobody would serve Services on the node. Until its rules stand, a copy of the old ones does. Which of two rule sets of NAT comes
 * first decides for a connection, and both lead to the same endpoints. IPVS has no rules that could be copied.
 */
export const copyRules = (mode: Exclude<ProxyMode, "none">): Script =>
  sh`${inContainer}
mkdir -p /run/provision && : >${copyMark} || exit 1
${endCopy}
${copyOf[mode]}`;

/** kube-proxy's chains. KUBE-KUBELET-CANARY, KUBE-IPTABLES-HINT and KUBE-FIREWALL are the kubelet's (KEP-3178). */
const chains =
  "KUBE-\\(SERVICES\\|EXTERNAL-SERVICES\\|NODEPORTS\\|POSTROUTING\\|MARK-MASQ\\|MARK-DROP\\|FORWARD\\|PROXY-FIREWALL\\|PROXY-CANARY\\|LOAD-BALANCER\\|NODE-PORT\\|SOURCE-RANGES-FIREWALL\\|IPVS-FILTER\\|IPVS-OUT-FILTER\\|\\(SVC\\|SVL\\|SEP\\|EXT\\|FW\\|XLB\\)-[A-Z0-9]*\\)";

/** One chain at a time: one that somebody else's rule names cannot go, and stays empty. */
const endChains = sh`for v in iptables ip6tables; do for t in nat filter mangle; do
  s=$(p "$v-save" -t "$t" 2>/dev/null | grep 'KUBE-') || continue
  own=$(printf '%s\\n' "$s" | sed -n ${`s/^:\\(${chains}\\) .*/\\1/p`}); [ -n "$own" ] || continue
  { printf '*%s\\n' "$t"; printf '%s\\n' "$s" | sed -n ${`/^-A [^ ]* .*-j ${chains}$/{/^-A KUBE-/!s/^-A/-D/p}`}; printf -- '-F %s\\n' $own; echo COMMIT; } | p "$v-restore" --noflush
  for c in $own; do printf '*%s\\n-X %s\\nCOMMIT\\n' "$t" "$c" | p "$v-restore" --noflush 2>/dev/null; done
done; done; true`;

const endTables = sh`for f in ip ip6; do p nft delete table "$f" kube-proxy 2>/dev/null; done; true`;
const endIpvs = sh`ip link delete kube-ipvs0 2>/dev/null; true`;

/** The copy, and what kube-proxy's own clean-up left of modes other than `mode`, which runs. */
export const clearOther = (mode: Exclude<ProxyMode, "none">): Script =>
  sh`${inContainer}
${endCopy}
${mode === "nftables" ? endChains : endTables}
${mode === "ipvs" ? sh`:` : endIpvs}
rm -f ${copyMark}`;

const onHost = sh`p() { command -v "$1" >/dev/null && "$@"; }`;

/** What a change of mode that broke off may have left; kube-proxy's own rules stay. */
export const clearCopy: Script = sh`${onHost}
${endCopy}
rm -f ${copyMark}`;

/** All of it, where no kube-proxy is to run: with the host's programs. */
export const clearAll: Script = sh`${onHost}
${endCopy}
${endChains}
${endTables}
${endIpvs}
rm -f ${copyMark}`;

/** What of any mode is on the node, as its own programs see it: "table", "chains", "copy", one line each. */
export const rulesSeen: Script = sh`command -v nft >/dev/null && nft list tables 2>/dev/null | grep -qx 'table ip6* kube-proxy' && echo table
command -v iptables-save >/dev/null && iptables-save 2>/dev/null | grep -q ${`^:${chains} `} && echo chains
[ ! -e ${copyMark} ] || echo copy`;

export { inContainer };
