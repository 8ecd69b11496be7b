import type { Lab } from "./lab.ts";

/** What a machine is, as one line per thing: "file /etc/hosts" -> "f 644 0:0 <sha256>". */
export type Snapshot = ReadonlyMap<string, string>;

/** Something two snapshots may differ in without anything having been left behind, and why. */
export interface Ignored {
  readonly thing: RegExp;
  readonly why: string;
}

/** What a machine changes by itself, or by being looked at. */
export const ALWAYS_IGNORED: readonly Ignored[] = [
  { thing: /^file \/(proc|sys|dev|tmp)(\/|$)/, why: "the kernel's own, or for anybody" },
  { thing: /^file \/var\/tmp(\/|$)/, why: "for anybody" },
  {
    thing: /^file \/var\/log\/(wtmp|btmp|lastlog|faillog|journal(\/.*)?)$/,
    why: "logs of the machine: who logged in, what units said",
  },
  { thing: /^file \/run\/log(\/|$)/, why: "the journal before it is on disk" },
  { thing: /^file \/run\/(utmp|sudo(\/.*)?|user(\/.*)?)$/, why: "who is logged in" },
  {
    thing:
      /^file \/run\/systemd\/(journal|units|transient|sessions|users|seats|inaccessible|propagate|unit-root|generator[^/]*|incoming|private|notify|io\.system\..*|userdb|resolve|netif|machines|inhibit|ask-password.*|shutdown|dynamic-uid|show-status|default-hostname|container.*|host)(\/|$)/,
    why: "systemd's own working files",
  },
  { thing: /^file \/var\/lib\/systemd\/(timers|random-seed|timesync|catalog|deb-systemd.*)(\/|$)/, why: "when timers last ran" },
  { thing: /^sysctl net\.netfilter\.nf_conntrack_count$/, why: "a count of connections" },
  { thing: /^file \/run\/(credentials|host|lock|mount|sshd\.pid|sshd|systemd|dbus)$/, why: "folders whose time alone changes" },
];

/** Runs on the node; every line is kind, TAB, name, TAB, value. */
const LOOK = String.raw`
export LC_ALL=C
emit() { awk -v k="$1" -F '\t' '{print k "\t" $0}'; }
find / \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/log/journal -o -path /run/log -o -path /run/credentials \) -prune -o \
  \( -type d -printf '%p\td %m %U:%G\n' -o -type l -printf '%p\tl %U:%G %l\n' -o -type p -printf '%p\tp %m %U:%G\n' -o -type s -printf '%p\ts %m %U:%G\n' \) 2>/dev/null | emit file
find / \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/log/journal -o -path /run/log -o -path /run/credentials \) -prune -o -type f -printf '%p\t%m %U:%G\n' 2>/dev/null | sort > /dev/shm/.look-modes
cut -f1 /dev/shm/.look-modes | tr '\n' '\0' | xargs -0 -r sha256sum 2>/dev/null | sed -E 's/^\\?([0-9a-f]{64})  (.*)$/\2\t\1/' | sort > /dev/shm/.look-sums
join -t "$(printf '\t')" -a 1 /dev/shm/.look-modes /dev/shm/.look-sums | awk -F '\t' '{print $1 "\tf " $2 " " $3}' | emit file
rm -f /dev/shm/.look-modes /dev/shm/.look-sums
ps -eo pid=,ppid=,args= | awk -v me=$$ '{pid=$1; pp[pid]=$2; $1=""; $2=""; sub(/^  */, ""); a[pid]=$0} END {for (p in a) {q=p; own=0; while (q > 1) {if (q == me) own=1; q=pp[q]} if (!own && a[p] !~ /^\[|^sshd: /) n[a[p]]++} for (x in n) if (x != "bash -s") print x "\t" n[x]}' | emit process
nft list ruleset 2>/dev/null | sed -E 's/packets [0-9]+ bytes [0-9]+//' | awk '{print NR "\t" $0}' | emit nft
for t in iptables iptables-legacy ip6tables ip6tables-legacy; do command -v $t-save >/dev/null && $t-save 2>/dev/null | sed -E '/^#/d; s/\[[0-9]+:[0-9]+\]//' | awk '{print NR "\t" $0}' | emit $t; done
awk '{print $5 "\t" $4}' /proc/self/mountinfo | sort | awk -F '\t' '{n[$1]++; print $1 "#" n[$1] "\t" $2}' | emit mount
ip -o link | sed -E 's/^[0-9]+: ([^:@]+)[:@].*(<[^>]*>) mtu ([0-9]+).* state ([A-Z]+).*/\1\t\2 \3 \4/' | emit link
ip -o addr | awk '{print $2 " " $4 "\t" $3}' | emit address
{ ip route show table all; ip -6 route show table all; } | sed -E 's/ (expires|cache) [^ ]+//g' | awk '{print $0 "\tthere"}' | emit route
{ ip rule; ip -6 rule; } | awk '{print NR "\t" $0}' | emit rule
ss -Hlntu | awk '{print $1 " " $5 "\tlistens"}' | emit socket
ss -Hlx | awk '{print $5 "\tlistens"}' | emit socket
systemctl list-unit-files --no-legend --no-pager | awk '{print $1 "\t" $2}' | emit unit-file
systemctl list-units --all --plain --no-legend --no-pager --type=service,socket,timer,mount,slice,scope,target,path | awk '$1 !~ /^(session-|user@|user-|user\.slice|run-user)/ {print $1 "\t" $2 " " $3 " " $4}' | emit unit
awk -F: '$2 == "name=systemd" || $1 == 0 {print}' /proc/1/cgroup >/dev/null
for h in /sys/fs/cgroup/*/; do [ -d "$h" ] && (cd "$h" && find . -type d 2>/dev/null | awk -v h="$h" '{print h $0 "\tthere"}'); done | emit cgroup
sysctl -a 2>/dev/null | sed -nE 's/^((net|vm\.overcommit_memory|kernel\.(panic|panic_on_oops|keys))[^ ]*) = (.*)$/\1\t\4/p' | emit sysctl
cat /etc/machine-id | awk '{print "id\t" $0}' | emit machine
`;

/** All of one node. Reading every file takes some seconds. */
export async function takeSnapshot(lab: Lab, node: string): Promise<Snapshot> {
  const { exitCode, stdout, stderr } = await lab.exec(node, LOOK);
  if (exitCode !== 0) throw new Error(`could not look at ${node}: ${stderr}`);
  return new Map(
    stdout.split("\n").flatMap((line) => {
      const [kind, name, ...value] = line.split("\t");
      return kind === undefined || name === undefined ? [] : [[`${kind} ${name}`, value.join("\t")] as const];
    }),
  );
}

/** What is new, gone or other, one line each; nothing of it is in the lists of what may differ. */
export function differences(before: Snapshot, after: Snapshot, ignored: readonly Ignored[] = []): readonly string[] {
  const all = [...ALWAYS_IGNORED, ...ignored];
  const things = [...new Set([...before.keys(), ...after.keys()])].sort();
  return things.flatMap((thing) => {
    const [old, now] = [before.get(thing), after.get(thing)];
    if (old === now || all.some((one) => one.thing.test(thing))) return [];
    if (old === undefined) return [`new: ${thing} ${now}`];
    return [now === undefined ? `gone: ${thing} ${old}` : `other: ${thing}: ${old} -> ${now}`];
  });
}
