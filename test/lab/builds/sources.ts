/** CoreDNS with the plug-ins that kubeadm's Corefile names, and hosts and whoami: a third of the whole program's compile time. */
export const COREDNS_MAIN = `package main

import (
${[
  "cache",
  "errors",
  "forward",
  "health",
  "hosts",
  "kubernetes",
  "loadbalance",
  "log",
  "loop",
  "metrics",
  "ready",
  "reload",
  "whoami",
]
  .map((plugin) => `\t_ "github.com/coredns/coredns/plugin/${plugin}"`)
  .join("\n")}
	"github.com/coredns/coredns/coremain"
)

func main() { coremain.Run() }
`;

/** Holds a pod's namespaces; "-v" answers and ends, since kubeadm's upgrade check runs a Job of it and waits for the end. */
export const PAUSE = (version: string): string => `
cat > "$WORK/pause.c" <<'C'
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static void end(int signal) { _exit(signal == SIGINT ? 130 : 0); }
static void reap(int signal) { (void)signal; while (waitpid(-1, NULL, WNOHANG) > 0); }
int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "-v")) return puts("pause ${version}") < 0;
  signal(SIGINT, end); signal(SIGTERM, end); signal(SIGCHLD, reap);
  for (;;) pause();
}
C
gcc -Os -s -static -o "$OUT/pause" "$WORK/pause.c"
`;

/**
 * Results: busybox (static), docker-registry, haproxy.version, and as trees with the libraries that ldd names: net.tar (what
 * kube-proxy and flannel call; without /etc/protocols nft says 6 for tcp, and a kube-proxy that is started again takes away the Services it
 * finds) and haproxy.tar. Packages are unpacked over the nodes' root file system in a mount namespace of
 * its own, no maintainer script runs, and the mount ends with the script.
 */
export const USERLAND = `
export WORK OUT ROOTFS
unshare --mount bash -euo pipefail <<'IN'
mkdir -p "$WORK"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=$ROOTFS,upperdir=$WORK/upper,workdir=$WORK/work" "$WORK/root"
cp -L /etc/resolv.conf "$WORK/root/etc/resolv.conf"
cd "$WORK/root"
chroot . apt-get -qq update
chroot . apt-get -qq install --download-only --no-install-recommends -o Debug::NoLocking=1 -o APT::Keep-Downloaded-Packages=true -o APT::Sandbox::User=root haproxy busybox-static docker-registry >&2
for package in var/cache/apt/archives/*.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink; done
ls var/cache/apt/archives/haproxy_*.deb | sed 's/.*haproxy_\\([0-9.]*\\).*/\\1/' > "$OUT/haproxy.version"
cp bin/busybox usr/bin/docker-registry "$OUT"
tree() { # programs and what ldd names, links followed
  local name=$1; shift
  mkdir "$name"
  chroot . cp -L --parents "$@" $(for program in "$@"; do chroot . ldd "$program" 2>/dev/null | grep -o '/[^ ]*'; done | sort -u) "/$name"
  mkdir -p "$name"/{etc,run,tmp}
  printf 'root:x:0:0:root:/root:/sbin/nologin\\nhaproxy:x:99:99:haproxy:/var/lib/haproxy:/sbin/nologin\\n' > "$name/etc/passwd"
  printf 'root:x:0:\\nhaproxy:x:99:\\n' > "$name/etc/group"
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$name" -cf "$OUT/$name.tar" .
}
rm -f etc/alternatives/iptables etc/alternatives/ip6tables
for tool in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
  ln -sfn xtables-nft-multi "usr/sbin/$tool"
done
tree net /etc/protocols /usr/sbin/nft /usr/sbin/xtables-nft-multi /usr/sbin/{iptables,ip6tables}{,-save,-restore} /usr/sbin/conntrack /usr/sbin/ipset /usr/bin/ip \\
  $(ls usr/lib/x86_64-linux-gnu/xtables/*.so | sed 's|^|/|')
tree haproxy /usr/sbin/haproxy
IN
`;

/** The real program, the loader, and what ldd names beside the C library's own pieces; the build fails when that is not the whole list. */
export const BPFTOOL_FILES = [
  "bpftool",
  "bpftool.elf",
  "ld-linux-x86-64.so.2",
  "libc.so.6",
  "libcap.so.2",
  "libelf.so.1",
  "libz.so.1",
] as const;

/** Debian's program with its libraries, and a script that starts it through their loader, so that it asks nothing of the machine. */
export const BPFTOOL = (version: string): string => `
export WORK OUT ROOTFS
unshare --mount bash -euo pipefail <<'IN'
mkdir -p "$WORK"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=$ROOTFS,upperdir=$WORK/upper,workdir=$WORK/work" "$WORK/root"
cp -L /etc/resolv.conf "$WORK/root/etc/resolv.conf"
cd "$WORK/root"
chroot . apt-get -qq update
chroot . apt-get -qq install --download-only --no-install-recommends -o Debug::NoLocking=1 -o APT::Keep-Downloaded-Packages=true -o APT::Sandbox::User=root bpftool >&2
for package in var/cache/apt/archives/*.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink; done
ls var/cache/apt/archives/bpftool_${version}+*.deb >&2
cp usr/sbin/bpftool "$OUT/bpftool.elf"
for library in $(chroot . ldd usr/sbin/bpftool | grep -o '/[^ ]*'); do cp -L ".$library" "$OUT"; done
IN
cat > "$OUT/bpftool" <<'SH'
#!/bin/sh
here=\${0%/*}
exec "$here/ld-linux-x86-64.so.2" --library-path "$here" "$here/bpftool.elf" "$@"
SH
chmod 755 "$OUT"/*
[ "$(cd "$OUT" && LC_ALL=C && echo *)" = "${BPFTOOL_FILES.join(" ")}" ]
"$OUT/bpftool" version | grep " v${version}$" >&2
`;

export interface DebianTree {
  /** Downloaded and unpacked beside what the nodes' root file system has. */
  readonly packages: readonly string[];
  /** The result. */
  readonly file: string;
  /** Absolute paths, in bash's brace form too. */
  readonly programs: readonly string[];
  /** Symbolic link -> its target. */
  readonly links: Readonly<Record<string, string>>;
}

/** Programs of Debian with the libraries that ldd names, links followed, as one tar. */
export const DEBIAN_TREE = ({ packages, file, programs, links }: DebianTree): string => `
export WORK OUT ROOTFS
unshare --mount bash -euo pipefail <<'IN'
mkdir -p "$WORK"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=$ROOTFS,upperdir=$WORK/upper,workdir=$WORK/work" "$WORK/root"
cp -L /etc/resolv.conf "$WORK/root/etc/resolv.conf"
cd "$WORK/root"
chroot . apt-get -qq update
chroot . apt-get -qq install --download-only --no-install-recommends -o Debug::NoLocking=1 -o APT::Keep-Downloaded-Packages=true -o APT::Sandbox::User=root ${packages.join(" ")} >&2
for package in var/cache/apt/archives/*.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink; done
mkdir tree
programs=(${programs.join(" ")})
chroot . cp -L --parents "\${programs[@]}" $(for program in "\${programs[@]}"; do chroot . ldd "$program" 2>/dev/null | grep -o '/[^ ]*'; done | sort -u) /tree
mkdir -p tree/{bin,etc,run,tmp,usr/local/bin}
${Object.entries(links)
  .map(([link, target]) => `ln -s ${target} tree${link}`)
  .join("\n")}
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C tree -cf "$OUT/${file}" .
IN
`;
