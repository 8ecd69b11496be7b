import type { Fact } from "../../src/facts/fact.ts";
import { type Script, sh } from "../../src/host/sh.ts";
import type { ProxyMode } from "../../src/network/proxyModes.ts";
import { copyMark } from "./rules.ts";

/** `get <port> <path>`: head and body of what kube-proxy's own server says, with bash alone. */
export const getPrelude: Script = sh`get() { timeout 5 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "GET %s HTTP/1.0\\r\\n\\r\\n" "$1" >&3 && cat <&3' "$1" "$2" 2>/dev/null | tr -d '\\r'; }`;

export interface LiveProxy {
  /** What the node's kube-proxy says it runs; null: it does not answer. */
  readonly mode: Exclude<ProxyMode, "none"> | null;
  /** A change of its mode has begun on this node and not ended. */
  readonly copied: boolean;
  /** Of a kube-proxy in mode iptables that is to leave it; null: it does not count that. */
  readonly localhostPackets: number | null;
  readonly invalidPackets: number | null;
  /** Files of the host that name chains of iptables mode. */
  readonly scripts: readonly string[];
}

const places = [
  "/etc/cron.d",
  "/etc/cron.hourly",
  "/etc/cron.daily",
  "/etc/crontab",
  "/etc/systemd/system",
  "/etc/network",
  "/etc/NetworkManager/dispatcher.d",
  "/etc/networkd-dispatcher",
  "/etc/iptables",
  "/etc/firewalld",
  "/etc/rc.local",
  "/usr/local/bin",
  "/usr/local/sbin",
];

const isMode = (text: string | undefined): text is Exclude<ProxyMode, "none"> =>
  text === "nftables" || text === "iptables" || text === "ipvs";

/** Counters are KEP-3866's and KEP-6032's; asked only where the mode is about to be left. */
export const liveProxyFact = (wanted: ProxyMode): Fact<LiveProxy> => ({
  key: "kube-proxy",
  script: sh`${getPrelude}
m=$(get 10249 /proxyMode | sed '1,/^$/d'); echo "mode=$m"; [ ! -e ${copyMark} ] || echo copied=yes
if [ "$m" = iptables ] && [ ${wanted} != iptables ]; then
  get 10249 /metrics | awk '/^kubeproxy_iptables_localhost_nodeports_accepted_packets_total/ {print "localhost=" $2} /^kubeproxy_iptables_ct_state_invalid_dropped_packets_total/ {print "invalid=" $2}'
  timeout 5 grep -rlsIE -m1 '(^|[^A-Z])KUBE-(SVC|SEP|SERVICES|NODEPORTS|POSTROUTING|MARK-MASQ|FORWARD|EXT|FW)' ${places} | head -n 5 | sed 's/^/script=/'
fi`,
  parse: ({ stdout }) => {
    const values = (name: string): readonly string[] =>
      stdout.split("\n").flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));
    const number = (name: string): number | null => {
      const [text] = values(name);
      return text === undefined || text === "" || Number.isNaN(Number(text)) ? null : Number(text);
    };
    const [mode] = values("mode");
    return {
      mode: isMode(mode) ? mode : null,
      copied: values("copied").length > 0,
      localhostPackets: number("localhost"),
      invalidPackets: number("invalid"),
      scripts: values("script"),
    };
  },
});
