import type { Fact } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import { formatAddress } from "../../model/ip.ts";
import type { Port } from "./nodePorts.ts";
import { wholeOf } from "./replies.ts";

export interface Listener {
  readonly protocol: "tcp" | "udp";
  /** "0.0.0.0", "127.0.0.1", "::", or 32 hex digits of another IPv6 address. */
  readonly address: string;
  readonly port: number;
  /** Processes that hold the socket. Empty: the kernel's own, or they could not be seen. */
  readonly owners: readonly { readonly pid: number; readonly name: string }[];
}

/** Who listens on these ports, out of /proc alone: processes are searched only when some port is taken. */
export function listenersFact(ports: readonly Pick<Port, "port" | "protocol">[]): Fact<readonly Listener[]> {
  const hex = (protocol: "tcp" | "udp"): string =>
    ports
      .flatMap((one) => (one.protocol === protocol ? [one.port.toString(16).toUpperCase().padStart(4, "0")] : []))
      .sort()
      .join(" ");
  const [tcp, udp] = [hex("tcp"), hex("udp")];
  return {
    key: `listeners tcp ${tcp} udp ${udp}`,
    script: sh`r() { [ -r "/proc/net/$1" ] && awk -v p="$1" -v st="$2" -v want="$3" 'BEGIN {n = split(want, w, " "); for (i = 1; i <= n; i++) h[w[i]] = 1}
FNR > 1 && $4 == st {split($2, a, ":"); if (a[2] in h) print "listen=" p, a[1], a[2], $10}' "/proc/net/$1"; }
l=$(r tcp 0A ${tcp}; r tcp6 0A ${tcp}; r udp 07 ${udp}; r udp6 07 ${udp})
[ -z "$l" ] || printf '%s\\n' "$l"
set --; for i in $(printf '%s\\n' "$l" | awk '$4 > 0 && !s[$4]++ {print $4}'); do set -- "$@" -o -lname "socket:\\[$i\\]"; done
if [ $# -gt 0 ]; then shift; find /proc/[0-9]*/fd -maxdepth 1 -type l \\( "$@" \\) -printf '%p %l\\n' | while read -r f s; do
  p=\${f#/proc/}; p=\${p%%/*}; i=\${s#*[}; c=; read -r c <"/proc/$p/comm"; echo "owner=\${i%]} $p $c"; done; fi
[ -r /proc/net/tcp ] && echo end=yes`,
    parse: ({ stdout }) => {
      const values = wholeOf("listeners", stdout);
      const owners = values("owner").map((line) => {
        const [inode = "", pid = "", ...name] = line.split(" ");
        return { inode, pid: Number(pid), name: name.join(" ") };
      });
      return values("listen").map((line) => {
        const [table = "", address = "", port = "", inode = ""] = line.split(" ");
        const own = owners.filter((owner) => owner.inode === inode).sort((a, b) => a.pid - b.pid);
        return {
          protocol: table.startsWith("tcp") ? "tcp" : "udp",
          address: readAddress(address),
          port: Number.parseInt(port, 16),
          owners: own
            .filter((one, index) => own.findIndex(({ pid }) => pid === one.pid) === index)
            .map(({ pid, name }) => ({ pid, name })),
        };
      });
    },
  };
}

/** The kernel writes an address as words of the machine's own byte order: "0100007F" is 127.0.0.1. */
function readAddress(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  const word = (from: number): string =>
    bytes
      .slice(from, from + 4)
      .reverse()
      .join("");
  if (bytes.length === 4) return formatAddress(Number.parseInt(word(0), 16));
  if (/^0+$/.test(hex)) return "::";
  const mapped = /^0{16}FFFF0000/i.test(hex);
  return mapped ? formatAddress(Number.parseInt(word(12), 16)) : [0, 4, 8, 12].map(word).join("").toLowerCase();
}
