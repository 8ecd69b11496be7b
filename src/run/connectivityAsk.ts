import { dnsAddresses, dnsQuestion } from "../facts/dnsQuestion.ts";
import { type Script, sh } from "../host/sh.ts";
import { probePort } from "../role/probeSpec.ts";
import { connectivityNamespace } from "./connectivityObjects.ts";

/** What a node's probe pod is asked to reach. */
export interface Aim {
  /** Told back with the answer; no spaces. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Ask a name server for this instead of a web server for its health. */
  readonly question: string | null;
}

export interface Heard {
  readonly name: string;
  readonly answers: boolean;
  /** Milliseconds, from the pod's network namespace to the answer. */
  readonly milliseconds: number;
  /** Addresses a name server gave; empty for others. */
  readonly addresses: readonly string[];
}

/** Seconds one try may take: a dropped SYN is sent again after one and after three. */
const patience = 3;

/** Leaves the process id of the node's probe pod's sandbox in `p`. Exit code 4: the pod does not run here. */
export const probeSandbox = sh`s=$(crictl pods --namespace ${connectivityNamespace} --name '^probe-' --state Ready -q | head -n 1)
[ -n "$s" ] || exit 4
p=$(crictl inspectp --output go-template --template '{{.info.pid}}' "$s") || exit 4
case "$p" in ''|*[!0-9]*) exit 4;; esac`;

/**
 * Asks from inside the node's probe pod: its network namespace with the node's own bash, so the image needs no tool. All aims at once.
 * Exit code 4: the pod does not run here.
 */
export const askScript = (aims: readonly Aim[]): Script => sh`${probeSandbox}
ask() { # name, what to do with descriptor 3, address, port
  b=$(date +%s%N); o=$(nsenter -t "$p" -n timeout ${patience} bash -c "set -o pipefail; exec 3<>/dev/tcp/$3/$4 && { $2; } | od -An -tx1 -v" 2>/dev/null) && r=yes || r=no
  echo "$1 $r $(( ($(date +%s%N) - b) / 1000000 )) $(echo $o | tr -d " ")"
}
${sh.lines(aims.map(({ name, address, port, question }) => sh`ask ${name} ${question === null ? health : dns(question)} ${address} ${port} &`))}
wait`;

const health = `printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3 && head -c 15 <&3 | grep -q ' 200'`;
const dns = (name: string): string =>
  `printf '${dnsQuestion(name)}' >&3 && n=$(head -c 2 <&3 | od -An -tu1 | awk '{print $1 * 256 + $2}') && head -c "$n" <&3`;

export const healthAim = (name: string, address: string, port: number = probePort): Aim => ({
  name,
  address,
  port,
  question: null,
});
export const dnsAim = (name: string, address: string, question: string): Aim => ({ name, address, port: 53, question });

/** Lines of `askScript`; what is not one is left out, so an aim without an answer did not answer. */
export function readHeard(stdout: string): readonly Heard[] {
  return stdout.split("\n").flatMap((line): readonly Heard[] => {
    const [, name = "", answers, milliseconds, hex = ""] = /^(\S+) (yes|no) (\d{1,6})(?: ([0-9a-f]*))?$/.exec(line) ?? [];
    if (answers === undefined) return [];
    return [
      {
        name,
        answers: answers === "yes",
        milliseconds: Number(milliseconds),
        addresses: hex === "" ? [] : (dnsAddresses(hex) ?? []),
      },
    ];
  });
}
