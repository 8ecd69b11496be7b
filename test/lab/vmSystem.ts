import { existsSync } from "node:fs";
import { Progress } from "./progress.ts";
import { explain } from "./shell.ts";
import { ensurePackages } from "./system.ts";
import { type Exclusive, withCache } from "./withCache.ts";

/** Command -> Debian package that brings it. KVM is not asked for: where it is offered inside a virtual machine, Debian's kernels do not boot on it everywhere. */
const NEEDED: Readonly<Record<string, string>> = {
  "/usr/bin/qemu-system-x86_64": "qemu-system-x86",
  "/usr/bin/cpio": "cpio",
  "/usr/sbin/mkfs.ext4": "e2fsprogs",
};

export const ensureVmPackages = (say: (text: string) => void, exclusive: Exclusive): Promise<void> =>
  ensurePackages(say, exclusive, NEEDED);

/** Why virtual machines cannot run here, in one sentence; null where they can, with their emulator installed by then. */
export async function vmUnavailable(progress: Progress = new Progress()): Promise<string | null> {
  if (!existsSync("/dev/net/tun")) return "this machine has no /dev/net/tun to plug them into a network";
  try {
    await withCache("virtual machines", progress, (exclusive) => ensureVmPackages((text) => progress.say(text), exclusive));
    return null;
  } catch (error) {
    return `their emulator cannot be installed: ${explain(error).replace(/\s+/g, " ")}`;
  }
}
