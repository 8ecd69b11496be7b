import type { Fact } from "../facts/fact.ts";
import { sh } from "../host/sh.ts";
import type { KernelFacts } from "./evidence.ts";
import { parseKernelFacts } from "./parseKernelFacts.ts";
import { asked } from "./requirements.ts";

const names = asked.options.join("|");

/**
 * Where a configuration of the running kernel may be: kubernetes/system-validators `validators/kernel_validator.go`. The module `configs`, which
 * that one loads when it finds none, is not loaded. /usr/src/linux says by its first lines which kernel it is of.
 */
const places = sh`/proc/config.gz "/boot/config-$R" "/usr/src/linux-$R/.config" /usr/src/linux/.config "/usr/lib/modules/$R/config" "/usr/lib/ostree-boot/config-$R" "/usr/lib/kernel/config-$R" "/usr/src/linux-headers-$R/.config" "/lib/modules/$R/build/.config"`;

const controllers = asked.traces.flatMap((trace) => (trace.startsWith("cgroup ") ? [trace.slice(7)] : []));

const config = sh`for c in ${places}; do
  [ -r "$c" ] || continue
  [ "$c" != /usr/src/linux/.config ] || head -n 5 "$c" | grep -q "^# Linux/[^ ]* \${R%%-*} Kernel Configuration" || continue
  case $c in *.gz) t=$(gzip -dc "$c") || continue;; *) t=$(cat "$c") || continue;; esac
  printf '%s\\n' "$t" | grep -q '^CONFIG_' || continue
  printf 'config=%s\\n' "$c"
  printf '%s\\n' "$t" | grep -E ${`^CONFIG_(${names})=`} | sed 's/^CONFIG_/option=/'
  break
done`;

/** Paths or names of modules on standard input, one per line; those asked for, with "_" for "-". */
const onlyAsked = sh`{ sed -e 's/:.*//' -e 's|.*/||' -e 's/\\.[gxz][a-z]*$//' -e 's/\\.ko$//' | tr - _ | grep -x -E ${asked.modules.join("|")}; }`;

const modules = sh`for d in "/lib/modules/$R" "/usr/lib/modules/$R"; do
  [ -r "$d/modules.builtin" ] || continue
  echo has=builtin
  ${onlyAsked} <"$d/modules.builtin" | sed 's/^/builtin=/'
  break
done
for d in "/lib/modules/$R" "/usr/lib/modules/$R"; do
  [ -r "$d/modules.dep" ] || continue
  echo has=loadable
  ${onlyAsked} <"$d/modules.dep" | sed 's/^/loadable=/'
  break
done
if [ -r /proc/modules ]; then
  echo has=loaded
  cut -d ' ' -f 1 /proc/modules | grep -x -E ${asked.modules.join("|")} | sed 's/^/loaded=/'
fi`;

/**
 * nft and iptables of the nftables flavour open a netfilter socket before they tell their version, and the kernel loads nfnetlink for that. Where it
 * is not there yet, the package's version and the program's real name have to do. ipset and ipvsadm load modules likewise; they are not run.
 */
const tools = sh`PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
quiet=no
if [ ! -e /proc/modules ] || grep -q '^nfnetlink ' /proc/modules || grep -qs '/nfnetlink\\.ko$' "/lib/modules/$R/modules.builtin"; then quiet=yes; fi
for t in ${asked.tools}; do
  p=$(command -v "$t") || { echo "notool=$t"; continue; }
  p=$(readlink -f "$p" || echo "$p")
  v=
  case $quiet:$t in
    yes:nft|yes:iptables) v=$("$t" --version 2>&1 | head -n 1);;
    *:nft|*:iptables)
      v=$(dpkg-query -W -f='\${Version}\\n' "$([ "$t" = nft ] && echo nftables || echo iptables)" || rpm -qf --qf '%{VERSION}\\n' "$p") || v=
      case $p in *nft-multi) v="$v (nf_tables)";; *legacy*) v="$v (legacy)";; esac;;
  esac
  printf 'tool=%s %s\\n' "$t" "$(printf '%s' "$v" | head -n 1 | cut -c 1-80)"
done`;

const rest = sh`sed -n -e 's/^ID=/distribution=/p' -e 's/^VERSION_ID=/version=/p' /etc/os-release
sed 's/.*[[:space:]]//' /proc/filesystems | grep -x -E ${asked.filesystems.join("|")} | sed 's/^/filesystem=/'
while read -r _ at type options _; do
  case $at in ${sh.raw(asked.mounts.join("|"))}) printf 'mount=%s %s %s\\n' "$at" "$type" "\${options%%,*}";; esac
done </proc/mounts
for s in ${asked.sysctls}; do
  f=/proc/sys/$(printf '%s' "$s" | tr . /)
  if [ -e "$f" ]; then printf 'sysctl=%s %s\\n' "$s" "$(head -n 1 "$f" | tr '\\t' ' ')"; else echo "nosysctl=$s"; fi
done
for p in ${asked.traces.filter((trace) => trace.startsWith("/"))}; do [ ! -e "$p" ] || echo "trace=$p"; done
sed -n -e '/^#/d' -e 's/^\\([a-z_]*\\)[[:space:]].*/\\1/p' /proc/cgroups | grep -x -E ${controllers.join("|")} | sed 's/^/trace=cgroup /'
b=/sys/kernel/btf/vmlinux
if [ ! -e "$b" ]; then echo btf=absent
else case $(head -c 2 "$b" | od -An -tx1 | tr -d ' ') in 9feb|eb9f) echo btf=readable;; *) echo btf=unreadable;; esac; fi
[ -r /sys/kernel/security/lockdown ] && sed -n 's/.*\\[\\([a-z]*\\)\\].*/lockdown=\\1/p' /sys/kernel/security/lockdown`;

/** What there is to read of a machine's kernel. Reads only, loads nothing; a few kilobytes, whatever the kernel. */
export const kernelFacts: Fact<KernelFacts> = {
  key: "kernel",
  script: sh`R=$(uname -r)
printf 'release=%s\\nmachine=%s\\n' "$R" "$(uname -m)"
${config}
${modules}
${tools}
${rest}
echo end=kernel`,
  parse: parseKernelFacts,
};
