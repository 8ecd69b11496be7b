import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { LabError } from "./LabError.ts";
import { sh } from "./shell.ts";

/** What stands between the kernel and its root disk and network card. */
const WANTED = ["virtio_pci", "virtio_blk", "virtio_net", "ext4"];

/** The address comes here, as networkd and its like are no part of the root file system. */
const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys
for module in $(cat /modules/order); do insmod /modules/$module; done
for word in $(cat /proc/cmdline); do case $word in lab.address=*) address=\${word#*=} ;; lab.gateway=*) gateway=\${word#*=} ;; esac; done
ip link set eth0 up; ip addr add "$address" dev eth0; ip route add default via "$gateway"
mount -t ext4 /dev/vda /root
for folder in dev proc sys; do mount --move /$folder /root/$folder; done
exec switch_root /root /sbin/init
`;

export const INITRAMFS_RECIPE = { WANTED, INIT };

const moduleName = (path: string): string =>
  basename(path)
    .replace(/\.ko(\.\w+)?$/, "")
    .replaceAll("-", "_");

/** modules.dep and modules.builtin as depmod(8) writes them -> the files to load for the wanted modules, in an order in which each finds what it needs. */
export function moduleOrder(dep: string, builtin: string, wanted: readonly string[]): readonly string[] {
  const inside = new Set(builtin.split("\n").map(moduleName));
  const needs = new Map(
    dep.split("\n").flatMap((line) => {
      const [path, rest = ""] = line.split(":");
      return path ? [[moduleName(path), [...rest.trim().split(" ").filter(Boolean).reverse(), path]] as const] : [];
    }),
  );
  const order = wanted
    .filter((name) => !inside.has(name))
    .flatMap((name) => {
      const files = needs.get(name);
      if (files === undefined) throw new LabError(`the kernel has no module ${name}, and does not have it built in`);
      return files;
    });
  return [...new Set(order)];
}

/** modules: the kernel's folder below lib/modules, with depmod's files; busybox: a static one. Writes a compressed cpio to `target`. */
export async function makeInitramfs(modules: string, busybox: string, scratch: string, target: string): Promise<void> {
  const read = (name: string) => readFileSync(join(modules, name), "utf8");
  const files = moduleOrder(read("modules.dep"), read("modules.builtin"), WANTED);
  for (const folder of ["bin", "dev", "modules", "proc", "root", "sys"]) mkdirSync(join(scratch, folder), { recursive: true });
  copyFileSync(busybox, join(scratch, "bin/busybox"));
  writeFileSync(join(scratch, "init"), INIT, { mode: 0o755 });
  for (const file of files) {
    const name = `${moduleName(file)}.ko`;
    const compressed = /\.(xz|zst|gz)$/.exec(file)?.[1];
    const unpack = compressed === undefined ? "cat" : { xz: "xz -dc", zst: "zstd -dc", gz: "gzip -dc" }[compressed];
    await sh`bash -c ${`${unpack} "$0" > "$1"`} ${join(modules, file)} ${join(scratch, "modules", name)}`;
  }
  writeFileSync(join(scratch, "modules/order"), files.map((file) => `${moduleName(file)}.ko\n`).join(""));
  await sh`cd ${scratch} && find . | LC_ALL=C sort | cpio --quiet --format newc --owner 0:0 --create | gzip -n1 > ${target}`;
}
