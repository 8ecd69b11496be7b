import { type Script, sh } from "../host/sh.ts";
import { interfaceNames } from "./interfaceNames.ts";
import type { Owned } from "./part.ts";

/**
 * Takes what a part of the network owns off a node, and nothing else; what is not there is no error. Interfaces go last: rules may name
 * them. Rules of iptables are taken out by their chains' names, in whatever table they are.
 */
export const clearAway = ({
  interfaces,
  nftTables,
  chains,
  ipSets,
  confFiles,
  paths,
  more = sh`:`,
}: Owned): Script => sh`for f in ${confFiles}; do rm -f "/etc/cni/net.d/$f"; done
for t in ${nftTables}; do nft delete table $t 2>/dev/null; done
for c in ${chains}; do for v in iptables ip6tables; do
  command -v "$v-save" >/dev/null || continue
  for t in $("$v-save" 2>/dev/null | sed -n 's/^[*]//p'); do
    "$v-save" -t "$t" 2>/dev/null | grep -e "^:$c" -e "^-A.* $c" -e "^-A $c" >/dev/null || continue
    { echo "*$t"; "$v-save" -t "$t" 2>/dev/null | sed -n "/^-A [^ ]*.* -[jg] $c/s/^-A /-D /p" | grep -v "^-D $c"
      "$v-save" -t "$t" 2>/dev/null | sed -n "s/^:\\($c[^ ]*\\) .*/-F \\1/p"
      "$v-save" -t "$t" 2>/dev/null | sed -n "s/^:\\($c[^ ]*\\) .*/-X \\1/p"; echo COMMIT; } | "$v-restore" --noflush 2>/dev/null
  done
done; done
for s in ${ipSets}; do command -v ipset >/dev/null && ipset -n list 2>/dev/null | grep "^$s" | while read -r n; do ipset destroy "$n" 2>/dev/null; done; done
${more}
for d in $(${interfaceNames}); do for p in ${interfaces}; do case "$d" in $p) ip link delete "$d" 2>/dev/null;; esac; done; done
for p in ${paths}; do rm -rf $p; done; true`;
