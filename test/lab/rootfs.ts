import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheKey, cachePath, readJson, writeAtomically } from "./cache.ts";
import { LabError } from "./LabError.ts";
import { labFolder, labNames, readState } from "./labState.ts";
import { newScratch, scratchEnv } from "./scratch.ts";
import { sh } from "./shell.ts";
import type { Exclusive } from "./withCache.ts";

const PACKAGES =
  "systemd systemd-sysv dbus openssh-server sudo nftables iproute2 kmod iptables conntrack ethtool socat iputils-ping procps ca-certificates libseccomp2 ipset curl util-linux";

/** What a real machine has from its own boot and a container does not; a restart inside the node also loses what a restart loses. */
const BOOT = `#!/bin/sh
for c in cpu cpuacct cpuset memory devices freezer blkio pids; do mount -o remount,bind,rw /sys/fs/cgroup/$c; done
mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
mount --make-rshared /
nft flush ruleset
for link in $(ip -o link show | sed 's/^[0-9]*: \\([^:@]*\\).*/\\1/'); do case $link in lo|eth0) ;; *) ip link delete "$link" ;; esac; done
exit 0
`;
const BOOT_UNIT = `[Unit]
Description=What the hardware would have set up
DefaultDependencies=no
After=local-fs.target
Before=basic.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/lab-boot
[Install]
WantedBy=basic.target
`;

/** The password that user pat types at sudo; the lab is reachable from its own machine only. */
export const PAT_PASSWORD = "correct-horse";

const FINISH = `
cd "$ROOT"
printf '%s' "$BOOT" > usr/local/sbin/lab-boot; chmod 755 usr/local/sbin/lab-boot
printf '%s' "$BOOT_UNIT" > etc/systemd/system/lab-boot.service
chroot . systemctl --quiet enable lab-boot.service
chroot . systemctl --quiet disable apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer e2scrub_reap.service nftables.service || true
chroot . systemctl --quiet mask systemd-networkd.service systemd-resolved.service systemd-timesyncd.service console-getty.service getty@tty1.service systemd-modules-load.service
for user in ops pat; do chroot . useradd --create-home --shell /bin/bash "$user"; done
echo "pat:$PASSWORD" | chroot . chpasswd
printf 'ops ALL=(ALL) NOPASSWD: ALL\\npat ALL=(ALL) ALL\\n' > etc/sudoers.d/lab; chmod 440 etc/sudoers.d/lab
rm -f etc/ssh/ssh_host_*; rm -rf etc/resolv.conf var/lib/apt/lists/* var/cache/apt/*.bin var/cache/apt/archives/*.deb; : > etc/machine-id
`;

export interface Rootfs {
  readonly folder: string;
  readonly key: string;
}

interface RootfsManifest {
  readonly fingerprint: string;
}

export const rootfsKey = (): string => cacheKey({ PACKAGES, BOOT, BOOT_UNIT, FINISH, suite: "bookworm" });

/** Every name, type, mode, owner, size, time and link target; nothing writes into it, so content changes show there. */
async function fingerprint(folder: string): Promise<string> {
  const { stdout } =
    await sh`cd ${folder} && find . -printf '%P %y %m %U:%G %T@ %l ' \\( -type d -printf '\\n' -o -printf '%s\\n' \\) | LC_ALL=C sort`;
  return createHash("sha256").update(stdout).digest("hex");
}

/** Some node's disk, running or not, is a layer over it. */
const lowerOfSomeNode = (folder: string): boolean =>
  labNames()
    .flatMap((name) => (readState(name)?.nodes ?? []).map((node) => join(labFolder(name), "nodes", node.name, "complete")))
    .some((file) => existsSync(file) && readFileSync(file, "utf8") === folder);

/** The nodes' Debian 12, made once and shared read-only by all of them. */
export async function ensureRootfs(say: (text: string) => void, exclusive: Exclusive): Promise<Rootfs> {
  const key = rootfsKey();
  const folder = cachePath("rootfs", key);
  const manifest = cachePath("rootfs", `${key}.json`);
  const look = async () => {
    const recorded = readJson<RootfsManifest>(manifest)?.fingerprint;
    if (recorded === undefined || !existsSync(folder)) return "missing";
    return recorded === (await fingerprint(folder)) ? "whole" : "changed";
  };
  let found = await look();
  if (found !== "whole") {
    await exclusive();
    found = await look();
  }
  if (found === "whole") return { folder, key };
  if (found === "changed" && lowerOfSomeNode(folder))
    throw new LabError(`the root file system in ${folder} was changed, and nodes run on it: take their labs down first`);
  say(`root file system: ${found === "missing" ? "building" : "changed since it was made; making it again"}`);
  rmSync(folder, { recursive: true, force: true });
  const scratch = newScratch("rootfs");
  const root = join(scratch, "root");
  await sh({
    env: scratchEnv(),
  })`debootstrap --variant=minbase --include=${PACKAGES.replaceAll(" ", ",")} bookworm ${root} > ${join(scratch, "log")} 2>&1 || { tail -n 15 ${join(scratch, "log")} >&2; exit 1; }`;
  const env = { ...scratchEnv(), ROOT: root, BOOT, BOOT_UNIT, PASSWORD: PAT_PASSWORD };
  await sh({ env })`bash -euo pipefail -c ${FINISH}`;
  writeFileSync(join(root, "etc/hosts"), "127.0.0.1 localhost\n");
  mkdirSync(cachePath("rootfs"), { recursive: true });
  renameSync(root, folder);
  writeAtomically(manifest, JSON.stringify({ fingerprint: await fingerprint(folder) } satisfies RootfsManifest));
  rmSync(scratch, { recursive: true, force: true });
  for (const old of readdirSync(cachePath("rootfs")).filter((name) => !name.startsWith(key))) {
    if (!old.endsWith(".json") && lowerOfSomeNode(cachePath("rootfs", old))) continue;
    rmSync(cachePath("rootfs", old), { recursive: true, force: true });
  }
  return { folder, key };
}
