import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheKey, cachePath, readJson, writeAtomically } from "./cache.ts";
import { LabError } from "./LabError.ts";
import type { NodeSpec } from "./naming.ts";
import type { Progress } from "./progress.ts";
import { type Rootfs, rootfsKey } from "./rootfs.ts";
import { newScratch, scratchEnv } from "./scratch.ts";
import { sh } from "./shell.ts";
import { INITRAMFS_RECIPE, makeInitramfs } from "./vmInitramfs.ts";
import { downloadKernel } from "./vmPackages.ts";
import { ensureVmPackages } from "./vmSystem.ts";
import type { Exclusive } from "./withCache.ts";

/** Series -> the Debian release whose cloud kernel it is. */
export const VM_KERNELS: Readonly<Record<string, string>> = { "5.10": "bullseye", "6.1": "bookworm", "6.12": "trixie" };
export const DEFAULT_VM_KERNEL = "6.1";

/** A machine of its own has what lab-boot sets up in a container, loads modules-load.d, and has no udev to bring its console. */
const SETTLE = `
rm -f etc/systemd/system/systemd-modules-load.service etc/systemd/system/*.wants/lab-boot.service
ln -sf /dev/null etc/systemd/system/serial-getty@ttyS0.service
`;

/** One kernel as Debian ships it, on disk in the lab's cache. All paths are absolute. */
export interface KernelFiles {
  readonly kernel: string;
  /** linux-image-6.1.0-50-cloud-amd64 and its Debian version. */
  readonly package: string;
  readonly version: string;
  /** As `uname -r` will say. */
  readonly release: string;
  /** Goes over the root file system: /boot and /lib/modules/<release>. */
  readonly layer: string;
  readonly vmlinuz: string;
  readonly initramfs: string;
  /** /boot/config-<release>, unfiltered. */
  readonly config: string;
  /** lib/modules/<release> with modules.builtin, modules.dep, modules.alias … */
  readonly modules: string;
}

interface KernelManifest {
  readonly package: string;
  readonly version: string;
  readonly release: string;
}

function suiteOf(kernel: string): string {
  const suite = VM_KERNELS[kernel];
  if (suite !== undefined) return suite;
  throw new LabError(`there is no kernel "${kernel}" for virtual machines; there is ${Object.keys(VM_KERNELS).join(", ")}`);
}

function kernelFolder(kernel: string): string {
  const key = cacheKey({ rootfs: rootfsKey(), SETTLE, INITRAMFS_RECIPE, suite: suiteOf(kernel) });
  return cachePath("kernels", `${kernel}-${key}`);
}

/** null: not made yet. */
export function kernelFiles(kernel: string): KernelFiles | null {
  const folder = kernelFolder(kernel);
  const manifest = readJson<KernelManifest>(join(folder, "manifest.json"));
  if (manifest === null) return null;
  const layer = join(folder, "layer");
  return {
    kernel,
    ...manifest,
    layer,
    vmlinuz: join(layer, `boot/vmlinuz-${manifest.release}`),
    initramfs: join(folder, "initramfs"),
    config: join(layer, `boot/config-${manifest.release}`),
    modules: join(layer, `usr/lib/modules/${manifest.release}`),
  };
}

async function makeKernel(kernel: string, rootfs: Rootfs): Promise<void> {
  const scratch = newScratch(`kernel-${kernel}`);
  const [made, root, work, packages] = ["made", "root", "work", "packages"].map((name) => join(scratch, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const folder of [join(made, "layer"), root, work, packages]) mkdirSync(folder, { recursive: true });
  const sources = readFileSync(join(rootfs.folder, "etc/apt/sources.list"), "utf8");
  const got = await downloadKernel(sources, suiteOf(kernel), packages);
  const release = got.package.replace(/^linux-image-/, "");
  const layer = join(made, "layer");
  const options = `lowerdir=${rootfs.folder},upperdir=${layer},workdir=${work}`;
  await sh`mount -t overlay overlay -o ${options} ${root}`;
  try {
    const from = join(packages, "kernel");
    await sh`mkdir -p ${root}/lib/modules && cp -a ${from}/boot/. ${root}/boot/ && cp -a ${from}/lib/modules/. ${root}/lib/modules/`;
    await sh({ env: scratchEnv() })`chroot ${root} depmod ${release} && cd ${root} && bash -euc ${SETTLE}`;
    const modules = join(root, "usr/lib/modules", release);
    await makeInitramfs(modules, join(packages, "busybox/bin/busybox"), join(scratch, "initramfs"), join(made, "initramfs"));
  } finally {
    await sh`umount ${root}`;
  }
  writeAtomically(join(made, "manifest.json"), JSON.stringify({ ...got, release } satisfies KernelManifest));
  mkdirSync(cachePath("kernels"), { recursive: true });
  for (const old of readdirSync(cachePath("kernels")).filter((name) => name.startsWith(`${kernel}-`)))
    rmSync(cachePath("kernels", old), { recursive: true, force: true }); // machines have a copy of what they boot
  renameSync(made, kernelFolder(kernel));
  rmSync(scratch, { recursive: true, force: true });
}

/** What the virtual machines among the nodes need, and nothing where there are none. */
export async function ensureVmKernels(
  nodes: readonly NodeSpec[],
  rootfs: Rootfs,
  progress: Progress,
  exclusive: Exclusive,
): Promise<void> {
  const kernels = new Set(nodes.flatMap((node) => (node.vm === undefined ? [] : [node.vm.kernel])));
  if (kernels.size === 0) return;
  await ensureVmPackages((text) => progress.say(text), exclusive);
  for (const kernel of kernels) {
    if (kernelFiles(kernel) !== null) continue;
    await exclusive();
    if (kernelFiles(kernel) !== null) continue;
    await progress.task(`kernel ${kernel}`, () => makeKernel(kernel, rootfs));
  }
}
