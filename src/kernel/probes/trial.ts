import { type Script, sh } from "../../host/sh.ts";

/**
 * `inside`, run in a network namespace of its own, where it may say, one line each with tabs between:
 *
 *     tell <what> <text>           the text made one printable line
 *     told <what> <name> <outcome> <text>
 *     may <module>...              true when trying can load nothing new: each is in the kernel or loaded, or there is none to load.
 *                                  Else $needs names those that would be loaded, or $why says what cannot be known.
 *
 * The kernel loads modules by itself when it is asked for what it lacks, and so does merely opening a socket of a protocol.
 * What appeared all the same is named (`loaded`) and unloaded, newest first, without what it depends on; what stayed is named (`left`).
 * With `mayLoad` that is every new module, else those that fit `ours`, a pattern of the shell: others may be somebody else's work.
 * A namespace goes away in the kernel's own time, and holds modules until then: hence up to twenty tries.
 */
export function trial(inside: Script, ours: string, mayLoad: boolean): Script {
  const own = sh`${prelude}\n${mayLoad ? sh`may() { :; }` : sh`:`}
[ "$(readlink /proc/self/ns/net)" != "$1" ] || { tell impossible 'unshare did not make a network namespace'; exit 0; }
${inside}`;
  return sh`PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
tell() { printf '%s\\t%s\\n' "$1" "$2"; }
modules() { [ ! -e /proc/modules ] || cut -d ' ' -f 1 /proc/modules; }
before=$(modules)
if ! command -v unshare >/dev/null; then tell impossible 'unshare of util-linux is not on the machine'
elif ! unshare -n true; then tell impossible 'no network namespace could be made'
else unshare -n sh -c ${own.text} sh "$(readlink /proc/self/ns/net)"
fi
new=
for module in $(modules); do
  case "
$before
" in *"
$module
"*) continue ;; esac
  case $module in ${sh.raw(mayLoad ? "*" : ours)}) new="$new $module"; tell loaded "$module" ;; esac
done
try=0
while [ -n "$new" ] && [ $try -lt 20 ]; do
  stays=
  for module in $new; do rmmod "$module" || stays="$stays $module"; done
  new=$stays try=$((try + 1))
  [ -z "$new" ] || sleep 0.1 || sleep 1
done
for module in $new; do tell left "$module"; done
echo end`;
}

const prelude = sh`tell() { [ -z "$2" ] || set -- "$1" "$(printf '%s' "$2" | head -n 1 | tr '\\t' ' ' | tr -cd '[:print:]' | cut -c 1-300)"; printf '%s\\t%s\\n' "$1" "$2"; }
told() { printf '%s\\t%s\\t' "$1" "$2"; tell "$3" "$4"; }
names() { sed 's/:.*//; s/^.*\\///; s/\\.ko.*//; y/-/_/' "/lib/modules/$(uname -r)/$1"; }
fixed=1 present= absent=
if [ -e /proc/modules ] && [ "$(cat /proc/sys/kernel/modules_disabled)" != 1 ]; then
  fixed=
  present=" $(echo $(cut -d ' ' -f 1 /proc/modules; names modules.builtin)) "
  [ ! -r "/lib/modules/$(uname -r)/modules.dep" ] || absent=" $(echo $(names modules.dep)) "
fi
may() {
  needs= why=
  [ -z "$fixed" ] || return 0
  for module in "$@"; do
    case "$present" in *" $module "*) continue ;; esac
    if [ -z "$absent" ]; then why="/lib/modules/$(uname -r)/modules.dep is not there: whether trying would load $module cannot be known"; return 1; fi
    case "$absent" in *" $module "*) needs="$needs $module" ;; esac
  done
  [ -z "$needs" ]
}`;
