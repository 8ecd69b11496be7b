import { FactError } from "../facts/fact.ts";

/** The first process of a container, as the kernel has it. */
export interface Posture {
  /** Effective user. */
  readonly uid: number;
  /** Names without CAP_, in the kernel's order; of a number that is not known here: "cap_41". */
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly seccomp: boolean;
  readonly readOnlyRoot: boolean;
  readonly hostNetwork: boolean;
  readonly hostPid: boolean;
  /** Paths in its root folder that are shells, or a busybox; it may have others. */
  readonly shells: readonly string[];
  /** Path of its program. */
  readonly program: string;
  /** "static": the program needs no loader; "dynamic": it does; "unknown": no ELF file, or none that can be read. */
  readonly linking: "static" | "dynamic" | "unknown";
}

/** Of capability(7), by number: include/uapi/linux/capability.h. */
const names =
  "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore".split(
    " ",
  );

/** "00000000a80425fb", as /proc has it, as names. */
export function capabilitiesOf(hex: string): readonly string[] {
  const set = BigInt(`0x${hex}`);
  return Array.from({ length: 64 }, (_, bit) => bit)
    .filter((bit) => (set >> BigInt(bit)) % 2n === 1n)
    .map((bit) => names[bit] ?? `cap_${bit}`);
}

/** Fields of a line "process": pid, uid, CapEff, NoNewPrivs, Seccomp, rw|ro, host|own twice, shells, program and its first bytes in base64. */
export function parsePosture(fields: readonly string[]): Posture {
  const [, uid = "", caps = "", nnp = "", seccomp = "", root = "", network = "", pid = "", shells = "", program = "", head = ""] =
    fields;
  if (!/^\d+$/.test(uid) || !/^[0-9a-f]{1,16}$/.test(caps))
    throw new FactError("images in use", "a process of a container is not understood", fields.join(" ").slice(0, 200));
  return {
    uid: Number(uid),
    capabilities: capabilitiesOf(caps),
    noNewPrivileges: nnp === "1",
    seccomp: seccomp === "2",
    readOnlyRoot: root === "ro",
    hostNetwork: network === "host",
    hostPid: pid === "host",
    shells: shells.split(",").slice(1),
    program: Buffer.from(program, "base64").toString().replace(/\n$/, ""),
    linking: linkingOf(Buffer.from(head, "base64")),
  };
}

/** Whether an ELF file's program headers name a loader (PT_INTERP, elf(5)). `head`: its first bytes. */
export function linkingOf(head: Buffer): Posture["linking"] {
  if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head[5] !== 1) return "unknown";
  const wide = head[4] === 2;
  const start = wide ? Number(head.readBigUInt64LE(32)) : head.readUInt32LE(28);
  const size = head.readUInt16LE(wide ? 54 : 42);
  const count = head.readUInt16LE(wide ? 56 : 44);
  if (size === 0 || start + size * count > head.length) return "unknown";
  const types = Array.from({ length: count }, (_, index) => head.readUInt32LE(start + size * index));
  return types.includes(3) ? "dynamic" : "static";
}
