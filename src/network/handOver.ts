import { type Script, sh } from "../host/sh.ts";

/**
 * A device goes on under another name, with its routes and neighbours; nothing when it is not there. From Linux 6.2 on it stays up while it
 * is renamed (commit bd039b5ea2a9); before, it goes down for some milliseconds, which takes routes and neighbours away.
 */
export const renameDevice = (from: string, to: string): Script => sh`if ip link show dev ${from} >/dev/null 2>&1; then
  ip link delete ${to} 2>/dev/null
  if ! ip link set dev ${from} name ${to} 2>/dev/null; then
    routes=$(ip -4 route show dev ${from}); neighbours=$(ip -4 neigh show dev ${from} nud permanent)
    ip link set dev ${from} down && ip link set dev ${from} name ${to} && ip link set dev ${to} up || exit 1
    echo "$neighbours" | while read -r a b c d; do [ -z "$a" ] || ip neigh replace "$a" lladdr "$c" nud permanent dev ${to}; done
    echo "$routes" | while read -r r; do [ -z "$r" ] || ip route replace $r dev ${to}; done
  fi
fi`;

/** Pods that hang on a bridge keep their way when another network notes the node's whole share as its own: a route for each lease. */
export const routeLeases = (leases: string, bridge: string): Script =>
  sh`for f in ${leases}/*.*; do [ -f "$f" ] && ip route replace "\${f##*/}" dev ${bridge} 2>/dev/null; done`;

/** Routes that hold a share of the pods' network for nobody go; the bridge's own, which they may have replaced, is there again. */
export const bridgeAgain = (
  bridge: string,
): Script => sh`a=$(ip -4 -o addr show dev ${bridge} 2>/dev/null | awk '{print $4; exit}')
if [ -n "$a" ]; then
  ip -4 route show type blackhole match "\${a%/*}" | while read -r kind r rest; do ip route del blackhole "$r"; done
  ip addr del "$a" dev ${bridge}; ip addr add "$a" brd + dev ${bridge}
fi`;
