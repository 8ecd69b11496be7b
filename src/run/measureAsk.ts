import { type Script, sh } from "../host/sh.ts";
import { probePort } from "../role/probeSpec.ts";
import { probeSandbox } from "./connectivityAsk.ts";

/** What one node's probe pod measured of another's. */
export interface PairMeasure {
  /** Milliseconds of one small request and its answer on an open connection; mean of `roundTrips`. */
  readonly milliseconds: number;
  /** 10^6 bytes a second that the other took in over one connection. */
  readonly megabytes: number;
}

const roundTrips = 200;
/** A header this long is still taken by Go's HTTP server (net/http DefaultMaxHeaderBytes: 2^20). */
const load = 900_000;
const loads = 40;

/**
 * From inside the node's probe pod, over one open connection to another: small requests, then large ones, with nothing but bash. Prints
 * the nanoseconds of each batch. Exit code 4: the pod does not run here; 5: the other does not answer as expected.
 */
export const measureScript = (address: string): Script => sh`${probeSandbox}
nsenter -t "$p" -n timeout 60 bash -c ${`
answered() { # one HTTP answer of two bytes
  local line code=""
  while IFS= read -r -t 10 -u 3 line; do
    [ -n "$code" ] || { case $line in "HTTP/1.1 200"*) code=200;; *) return 1;; esac; }
    [ "$line" != $'\\r' ] || { read -r -t 10 -N 2 -u 3 line; return; }
  done
  return 1
}
exec 3<>/dev/tcp/${address}/${probePort} || exit 5
LC_ALL=C x=$(printf '%0${load}d' 0)
small=$'GET /health HTTP/1.1\\r\\nHost: probe\\r\\n\\r\\n'
large=$'GET /health HTTP/1.1\\r\\nHost: probe\\r\\nX-Load: '$x$'\\r\\n\\r\\n'
printf '%s' "$small" >&3; answered || exit 5
b=$(date +%s%N)
for i in {1..${roundTrips}}; do printf '%s' "$small" >&3; answered || exit 5; done
m=$(date +%s%N)
for i in {1..${loads}}; do printf '%s' "$large" >&3; answered || exit 5; done
echo "$((m - b)) $(($(date +%s%N) - m))"`}`;

/** What `measureScript` printed; null: it did not come to its end. */
export function readMeasure(stdout: string): PairMeasure | null {
  const [, small, large] = /^(\d{1,12}) (\d{1,12})\s*$/.exec(stdout) ?? [];
  if (small === undefined || large === undefined || Number(large) === 0) return null;
  return { milliseconds: Number(small) / roundTrips / 1e6, megabytes: ((load * loads) / Number(large)) * 1e3 };
}
