import type { Fact } from "../facts/fact.ts";
import { sh } from "../host/sh.ts";
import { type NodeImages, parseNodeImages } from "./nodeImages.ts";

/** Where containerd keeps what it pulled; the configuration this tool writes says so. */
const blobs = "/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256";
/** Kubernetes' images and those of this tool's own services. */
const namespaces = ["k8s.io", "provision"];

/**
 * What every container of the machine was made from and what its first process is, from containerd's records, from the manifests it pulled
 * and from /proc. Reads only. A word of a file's or a program's own is sent as base64.
 */
export const nodeImagesFact: Fact<NodeImages> = {
  key: "images in use",
  script: sh`exec 3>&1; silent() { echo "silent $1" >&3; }
c() { timeout 20 ctr -n "$@" 2>/dev/null || silent "$*"; }
for n in ${namespaces}; do
  c "$n" images ls | awk -v n="$n" 'NR>1 {print "image", n, $1, $3}'
  c "$n" containers ls | awk -v n="$n" 'NR>1 {print "container", n, $1, $2}'
  c "$n" snapshots ls | awk -v n="$n" 'NR>1 && $3=="Active" {print "snapshot", n, $1, $2}'
  c "$n" tasks ls | awk -v n="$n" 'NR>1 {print "task", n, $1, $2, $3}'
done
printf 'cri-containers '; (timeout 20 crictl ps -a -o json 2>/dev/null || silent ps) | base64 -w0; echo
printf 'cri-pods '; (timeout 20 crictl pods -o json 2>/dev/null || silent pods) | base64 -w0; echo
find ${blobs} -type f -size -1025 -exec grep -laE '^[{]' {} + 2>/dev/null | head -n 3000 | while IFS= read -r f; do printf 'blob %s ' "\${f##*/}"; base64 -w0 "$f"; echo; done
for n in ${namespaces}; do c "$n" tasks ls | awk 'NR>1 && $3=="RUNNING" {print $2}'; done | sort -un | while IFS= read -r p; do
  r=/proc/$p/root; [ -d "$r/" ] || continue
  s=-; for d in bin sbin usr/bin usr/sbin usr/local/bin; do
    # A folder that is an absolute link would be looked for on the machine itself.
    if [ -L "$r/$d" ]; then case "$(readlink "$r/$d")" in /*) continue ;; esac; fi
    for x in sh ash bash dash zsh busybox; do if [ -e "$r/$d/$x" ] || [ -L "$r/$d/$x" ]; then s="$s,/$d/$x"; fi; done
  done
  h=own; [ /proc/self/ns/net -ef "/proc/$p/ns/net" ] && h=host
  i=own; [ /proc/self/ns/pid -ef "/proc/$p/ns/pid" ] && i=host
  printf 'process %s %s %s %s %s ' "$p" "$(awk '/^Uid:/ {u=$3} /^CapEff:/ {e=$2} /^NoNewPrivs:/ {a=$2} /^Seccomp:/ {s=$2} END {printf "%s %s %s %s", u, e, a, s}' "/proc/$p/status")" "$(awk '$5=="/" {split($6, o, ","); m=o[1]} END {print m}' "/proc/$p/mountinfo")" "$h" "$i"
  printf '%s %s ' "$s" "$(readlink "/proc/$p/exe" | base64 -w0)"; head -c 2048 "/proc/$p/exe" 2>/dev/null | base64 -w0; echo
done
echo end`,
  parse: ({ code, stdout }) => parseNodeImages(code, stdout),
};
