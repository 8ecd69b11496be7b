import { type Fact, FactError, type FactReply } from "../../facts/fact.ts";
import { type Script, sh } from "../../host/sh.ts";
import { type LinkProbe, type LinkType, linkTypes, type Tried } from "../evidence.ts";
import { readTrial, tried } from "./readTrial.ts";
import { trial } from "./trial.ts";

interface Link {
  readonly options?: readonly string[];
  /** Stands on another link, one that no other does: macvlan and ipvlan cannot share. */
  readonly onParent?: true;
}

/**
 * What `ip link add prov-X type X` needs besides. netkit gets no options: an iproute2 older than it (6.7) hands the bare name
 * of a type it does not know to the kernel, so the answer is the kernel's, and its options would be refused by the tool.
 */
const links: Readonly<Record<LinkType, Link>> = {
  vxlan: { options: ["id", "1", "dstport", "8472"] },
  geneve: { options: ["id", "1", "remote", "192.0.2.1"] },
  ipip: { options: ["local", "192.0.2.2", "remote", "192.0.2.1"] },
  wireguard: {},
  dummy: {},
  veth: { options: ["peer", "name", "prov-peer"] },
  bridge: {},
  macvlan: { options: ["mode", "bridge"], onParent: true },
  ipvlan: { options: ["mode", "l2"], onParent: true },
  netkit: {},
};

/**
 * Makes and removes a link of each type in a network namespace of its own. Without `mayLoad` what would load a module is not
 * tried. Refused is the kernel's answer; what the tool itself refuses is not possible to try.
 */
export function linkProbe(types: readonly LinkType[], mayLoad: boolean): Fact<LinkProbe> {
  const key = `kernel/link ${types.join(",")}${mayLoad ? " may load" : ""}`;
  return {
    key,
    script: trial(sh`${opening}\n${sh.lines(types.map(step))}\n${closing}`, linkTypes.join("|"), mayLoad),
    parse: (reply) => parse(key, types, reply),
  };
}

/** Exit code 2 of `ip` is an error that the kernel answered: ip(8), "EXIT STATUS". */
const opening = sh`command -v ip >/dev/null || { tell impossible 'ip of iproute2 is not on the machine'; exit 0; }
parent= made=
stand() {
  parent=
  for one in veth dummy bridge; do
    if may $one && ip link add prov-on-$1 type $one; then parent=prov-on-$1 made="$made prov-on-$1"; return 0; fi
  done
  return 1
}
try() {
  type=$1 on=$2
  shift 2
  if ! may $type; then
    if [ -n "$why" ]; then told type $type not-possible "$why"; else told type $type would-load "$needs"; fi
    return
  fi
  if [ -n "$on" ] && ! stand $type; then
    if may veth; then told type $type not-possible 'no link could be made for it to stand on'
    else told type $type would-load veth; fi
    return
  fi
  said=$(ip link add \${on:+link $parent} prov-$type type $type "$@" 2>&1)
  case $? in
    0) if said=$(ip link show prov-$type 2>&1); then made="prov-$type $made"; told type $type accepted
      else told type $type refused "accepted, but not there: $said"; fi ;;
    2) told type $type refused "\${said#Error: }" ;;
    *) told type $type not-possible "ip does not know the type: $said" ;;
  esac
}`;

const step = (type: LinkType): Script => {
  const { options = [], onParent } = links[type];
  return sh`try ${[type, onParent ? "on" : "", ...options]}`;
};

/** Modules can be unloaded once nothing uses them; where there are none, the links go with the namespace, which is faster. */
const closing = sh`[ -n "$fixed" ] || for link in $made; do ip link delete $link; done`;

function parse(key: string, types: readonly LinkType[], reply: FactReply): LinkProbe {
  const { lines, impossible } = readTrial(key, reply);
  if (impossible !== null) return new Map(types.map((type) => [type, { outcome: "not-possible", why: impossible }]));
  const probe = new Map<LinkType, Tried>();
  for (const [what, ...rest] of lines) {
    const type = what === "type" ? linkTypes.find((one) => one === rest[0]) : undefined;
    if (type === undefined || !types.includes(type) || probe.has(type))
      throw new FactError(key, "a type of link that was not asked for", [what, ...rest].join(" ").slice(0, 200));
    probe.set(type, tried(key, rest[1], rest[2] ?? ""));
  }
  const missing = types.filter((type) => !probe.has(type));
  if (missing.length > 0) throw new FactError(key, `no word about ${missing.join(", ")}`, reply.stdout.slice(-200));
  return probe;
}
