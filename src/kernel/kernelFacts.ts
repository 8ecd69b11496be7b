import type { Fact } from "../facts/fact.ts";
import { type Script, sh } from "../host/sh.ts";
import type { KernelFacts } from "./evidence.ts";
import { parseKernelFacts } from "./parseKernelFacts.ts";
import { asked } from "./requirements.ts";

/** Alternatives of a shell's `case`. */
const oneOf = (names: readonly string[]): Script => sh.raw(names.join("|"));
const controllers = asked.traces.flatMap((trace) => (trace.startsWith("cgroup ") ? [trace.slice(7)] : []));
const options = `^CONFIG_(${asked.options.join("|")})=`;

/**
 * Where a configuration of the running kernel may be: kubernetes/system-validators `validators/kernel_validator.go`. The module `configs`, which
 * that one loads when it finds none, is not loaded. /usr/src/linux says by its first lines which kernel it is of.
 */
const places = sh`/proc/config.gz "/boot/config-$R" "/usr/src/linux-$R/.config" /usr/src/linux/.config "/usr/lib/modules/$R/config" "/usr/lib/ostree-boot/config-$R" "/usr/lib/kernel/config-$R" "/usr/src/linux-headers-$R/.config" "/lib/modules/$R/build/.config"`;

const config = sh`for c in ${places}; do
  [ -r "$c" ] || continue
  [ "$c" != /usr/src/linux/.config ] || head -n 5 "$c" | grep -q "^# Linux/[^ ]* \${R%%-*} Kernel Configuration" || continue
  case $c in
    *.gz) t=$(gzip -dc "$c") || continue; t=$(printf '%s\\n' "$t" | grep -E ${options});;
    *) t=$(grep -E ${options} "$c");;
  esac
  if [ -n "$t" ]; then printf 'config=%s\\n%s\\n' "$c" "$t"; break; fi
done`;

/** Modules of a list, one path a line, with "_" for "-"; those asked for. */
const listed = (what: "builtin" | "loadable", file: string): Script => sh`for d in "/lib/modules/$R" "/usr/lib/modules/$R"; do
  [ -r "$d"/${file} ] || continue
  echo has=${what}
  sed -e 's/:.*//' -e 's|.*/||' -e 's/\\.[gxz][a-z]*$//' -e 's/\\.ko$//' -e 'y/-/_/' -e ${`s/^/${what}=/`} "$d"/${file} | grep -x -E ${`${what}=(${asked.modules.join("|")})`}
  break
done`;

const modules = sh`${listed("builtin", "modules.builtin")}
${listed("loadable", "modules.dep")}
quiet=yes
if [ -r /proc/modules ]; then
  echo has=loaded
  quiet=no
  while read -r m _; do
    case $m in nfnetlink) quiet=yes;; ${oneOf(asked.modules)}) echo "loaded=$m";; esac
  done </proc/modules
  [ $quiet = yes ] || ! grep -qs '/nfnetlink\\.ko$' "/lib/modules/$R/modules.builtin" || quiet=yes
fi`;

/**
 * nft and iptables of the nftables flavour open a netfilter socket before they tell their version, and the kernel loads nfnetlink for that. Where it
 * is not there yet, the package's version and the program's real name have to do. ipset and ipvsadm load modules likewise; they are not run.
 */
const tools = sh`PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
for t in ${asked.tools}; do
  p=$(command -v "$t") || { echo "notool=$t"; continue; }
  v=
  case $quiet:$t in
    yes:nft|yes:iptables) v=$("$t" --version 2>&1);;
    *:nft|*:iptables)
      p=$(readlink -f "$p" || echo "$p")
      v=$(dpkg-query -W -f='\${Version}' "$([ "$t" = nft ] && echo nftables || echo iptables)" || rpm -qf --qf '%{VERSION}' "$p") || v=
      case $p in *nft-multi) v="$v (nf_tables)";; *legacy*) v="$v (legacy)";; esac;;
  esac
  printf 'tool=%s %.80s\\n' "$t" "\${v%%$nl*}"
done`;

/** Without a program for each line: on a slow machine starting programs is what takes time. */
const rest = sh`sed -n -e 's/^ID=/distribution=/p' -e 's/^VERSION_ID=/version=/p' /etc/os-release
while read -r a b; do
  case \${b:-$a} in ${oneOf(asked.filesystems)}) echo "filesystem=\${b:-$a}";; esac
done </proc/filesystems
while read -r _ at type how _; do
  case $at in ${oneOf(asked.mounts)}) printf 'mount=%s %s %s\\n' "$at" "$type" "\${how%%,*}";; esac
done </proc/mounts
for s in ${asked.sysctls.map((name) => `${name}=/proc/sys/${name.replaceAll(".", "/")}`)}; do
  v=
  if read -r v <"\${s#*=}" || [ -n "$v" ]; then printf 'sysctl=%s %.80s\\n' "\${s%%=*}" "$v"; else echo "nosysctl=\${s%%=*}"; fi
done
for p in ${asked.traces.filter((trace) => trace.startsWith("/"))}; do [ ! -e "$p" ] || echo "trace=$p"; done
while read -r c _; do
  case $c in ${oneOf(controllers)}) echo "trace=cgroup $c";; esac
done </proc/cgroups
b=/sys/kernel/btf/vmlinux
if [ ! -e $b ]; then echo btf=absent
else case $(od -An -tx1 -N2 $b) in *9f*eb*|*eb*9f*) echo btf=readable;; *) echo btf=unreadable;; esac; fi
if read -r v </sys/kernel/security/lockdown; then v=\${v#*[}; echo "lockdown=\${v%%]*}"; fi`;

/** What there is to read of a machine's kernel. Reads only, loads nothing; a few kilobytes, whatever the kernel. */
export const kernelFacts: Fact<KernelFacts> = {
  key: "kernel",
  script: sh`R=$(uname -r)
nl='
'
printf 'release=%s\\nmachine=%s\\n' "$R" "$(uname -m)"
${config}
${modules}
${tools}
${rest}
echo end=kernel`,
  parse: parseKernelFacts,
};
