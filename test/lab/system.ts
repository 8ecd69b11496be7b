import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { writeAtomically } from "./cache.ts";
import { sh } from "./shell.ts";
import type { Exclusive } from "./withCache.ts";

/** Command -> Debian package that brings it, all without a service of their own. */
const NEEDED: Readonly<Record<string, string>> = {
  "/usr/sbin/debootstrap": "debootstrap",
  "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
  "/usr/bin/systemd-nspawn": "systemd-container",
  "/usr/bin/skopeo": "skopeo",
  "/usr/bin/gcc": "gcc",
  "/usr/include/stdlib.h": "libc6-dev",
  "/usr/include/seccomp.h": "libseccomp-dev",
  "/usr/bin/pkg-config": "pkg-config",
  "/usr/sbin/ip": "iproute2",
  "/usr/bin/ssh": "openssh-client",
  "/usr/sbin/sysctl": "procps",
};

/** Why the lab cannot run on this machine, in one sentence; null where it can. */
export function labUnavailable(): string | null {
  if (process.platform !== "linux" || process.arch !== "x64")
    return `the lab runs on Linux on x86-64; this is ${process.platform} on ${process.arch}`;
  if (process.getuid?.() !== 0) return "the lab makes machines with namespaces and cgroups, which needs root";
  if (!existsSync("/usr/bin/apt-get")) return "the lab installs what it needs with apt, which this machine does not have";
  return null;
}

/** Installs what is missing; services of other packages are not touched, and none is started. `needed`: path -> package. */
export async function ensurePackages(
  say: (text: string) => void,
  exclusive: Exclusive,
  needed: Readonly<Record<string, string>> = NEEDED,
): Promise<void> {
  const missing = Object.entries(needed).flatMap(([path, name]) => (existsSync(path) ? [] : [name]));
  if (missing.length === 0) return;
  await exclusive();
  say(`installing ${missing.join(", ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = sh({ env })`apt-get -qq install --yes --no-install-recommends ${missing}`;
  if ((await install.nothrow()).exitCode === 0) return;
  await sh({ env })`apt-get -qq update`; // only then: lists may be there and fresh
  await sh({ env })`apt-get -qq install --yes --no-install-recommends ${missing}`;
}

const INOTIFY = "/proc/sys/fs/inotify/max_user_instances";
/** Beside the claims, since it is one limit for the labs of all caches; a restart of the machine forgets both. */
const SAVED_INOTIFY = "/run/provision-lab/inotify-instances-before";

/** One pool for all nodes: at Debian's 128, kube-proxy ends with "too many open files". */
export async function raiseInotifyLimit(): Promise<void> {
  const now = Number(readFileSync(INOTIFY, "utf8"));
  if (now >= 8192) return;
  writeAtomically(SAVED_INOTIFY, String(now));
  await sh`sysctl -qw fs.inotify.max_user_instances=8192`;
}

/** After the last lab of the machine. */
export async function restoreInotifyLimit(): Promise<void> {
  if (!existsSync(SAVED_INOTIFY)) return;
  await sh`sysctl -qw ${`fs.inotify.max_user_instances=${Number(readFileSync(SAVED_INOTIFY, "utf8"))}`}`;
  rmSync(SAVED_INOTIFY);
}

/** Whether published releases can be had from here: one look at the release host, at most three seconds. */
export async function officialReachable(): Promise<boolean> {
  try {
    const response = await fetch("https://dl.k8s.io/release/stable.txt", { method: "HEAD", signal: AbortSignal.timeout(3000) });
    return response.ok;
  } catch {
    return false;
  }
}

/** `ip netns add` mounts /run/netns on itself; without a namespace in it, that mount is only a trace. */
export async function removeNamespaceMount(): Promise<void> {
  if (existsSync("/run/netns") && readdirSync("/run/netns").length === 0) await sh`umount /run/netns; rmdir /run/netns`.nothrow();
}
