import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "./LabError.ts";
import { unmountBelow } from "./mounts.ts";
import {
  bridgeName,
  controllerAddress,
  hardwareAddress,
  type LabIdentity,
  type NodeRole,
  type NodeSpec,
  objectName,
  type VmShape,
  vmSpec,
} from "./naming.ts";
import { complete, createDisk, cutPower, hasDisk, isRunning, type NodeHome } from "./node.ts";
import { sh, startDetached } from "./shell.ts";
import { DEFAULT_VM_KERNEL, kernelFiles } from "./vmKernel.ts";
import { rememberVm } from "./vmProcess.ts";

/** What is not said has a default: worker "vm-<lowest free number>", kernel 6.1, 1024 MiB, 2 processors. */
export interface VmWish extends Partial<VmShape> {
  readonly name?: string;
  readonly role?: NodeRole;
}

/** A sparse file: what the machine writes is what it takes. */
const DISK_SIZE = "12G";

export const vmShape = (wish: Partial<VmShape> = {}): VmShape => ({
  kernel: wish.kernel ?? DEFAULT_VM_KERNEL,
  memoryMb: wish.memoryMb ?? 1024,
  cpus: wish.cpus ?? 2,
});

/** The first address of the role's that no other node has. */
export function wishedVm(lab: LabIdentity, nodes: readonly NodeSpec[], wish: VmWish): NodeSpec {
  for (let index = 1; ; index += 1) {
    const spec = vmSpec(lab, wish.role ?? "worker", index, vmShape(wish), wish.name);
    if (nodes.some((node) => node.address === spec.address)) continue;
    if (wish.name === undefined && nodes.some((node) => node.name === spec.name)) continue;
    return spec;
  }
}

/** The command line of qemu-system-x86_64(1); every file is the machine's own. */
export function vmArguments({ lab, spec, folder }: NodeHome, vm: VmShape): readonly string[] {
  const name = objectName(lab, spec.name);
  const kernel = [
    "console=ttyS0",
    "net.ifnames=0",
    "panic=-1", // a kernel that gave up starts again, as a machine with a watchdog does
    "no_timer_check", // an emulated timer is late when the computer is busy, and the kernel would take it for broken
    "mitigations=off", // page table isolation empties the emulated TLB at every system call
    `lab.address=${spec.address}/24`,
    `lab.gateway=${controllerAddress(lab)}`,
  ];
  return [
    ...["-name", name, "-nodefaults", "-no-user-config", "-display", "none", "-machine", "q35", "-cpu", "max"],
    ...["-accel", "tcg,thread=multi,tb-size=128", "-smp", String(vm.cpus), "-m", String(vm.memoryMb)],
    ...["-kernel", join(folder, "vmlinuz"), "-initrd", join(folder, "initramfs"), "-append", kernel.join(" ")],
    ...["-drive", `file=${join(folder, "disk.ext4")},if=virtio,format=raw,cache=writeback`],
    ...["-netdev", `tap,id=net0,ifname=${name},script=no,downscript=no`],
    ...["-device", `virtio-net-pci,netdev=net0,mac=${hardwareAddress(spec.address)},romfile=`],
    ...["-chardev", `file,id=console,path=${join(folder, "console.log")},append=on`, "-serial", "chardev:console"],
  ];
}

/** The same layer that a container would run on, written out as a disk, with the kernel's files between it and the root file system. */
async function writeDisk(home: NodeHome, vm: VmShape): Promise<void> {
  const { folder } = home;
  const kernel = kernelFiles(vm.kernel);
  if (kernel === null) throw new LabError(`kernel ${vm.kernel} is not in the cache`);
  copyFileSync(kernel.vmlinuz, join(folder, "vmlinuz"));
  copyFileSync(kernel.initramfs, join(folder, "initramfs"));
  const [root, unfinished] = [join(folder, "root"), join(folder, "disk.unfinished")];
  const lower = `${kernel.layer}:${readFileSync(complete(home), "utf8")}`;
  await unmountBelow(folder);
  rmSync(unfinished, { force: true });
  mkdirSync(root, { recursive: true });
  const options = `lowerdir=${lower},upperdir=${folder}/upper,workdir=${folder}/work`;
  await sh`mount -t overlay overlay -o ${options} ${root}`;
  try {
    // Features younger than the oldest kernel are left out.
    await sh`mkfs.ext4 -q -F -O ^orphan_file,^metadata_csum_seed -d ${root} ${unfinished} ${DISK_SIZE}`;
  } finally {
    await unmountBelow(folder);
  }
  renameSync(unfinished, join(folder, "disk.ext4"));
}

async function plugIn(lab: LabIdentity, spec: NodeSpec): Promise<void> {
  const name = objectName(lab, spec.name);
  await sh`ip tuntap add dev ${name} mode tap && ip link set ${name} master ${bridgeName(lab)} up`;
}

/** Power on: with the disk it had, or a new one over the root file system. A running machine is left alone. */
export async function startVm(home: NodeHome, rootfs: string): Promise<void> {
  const { lab, spec, folder } = home;
  if (spec.vm === undefined) throw new LabError(`${spec.name} is no virtual machine`);
  if (hasDisk(home) && isRunning(home)) return;
  await cutPower(home);
  if (!hasDisk(home)) await createDisk(home, rootfs);
  if (!existsSync(join(folder, "disk.ext4"))) await writeDisk(home, spec.vm);
  await plugIn(lab, spec);
  rememberVm(folder, startDetached("qemu-system-x86_64", vmArguments(home, spec.vm), join(folder, "qemu.log")));
}
