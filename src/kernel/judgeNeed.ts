import type { KernelEvidence, Tried } from "./evidence.ts";
import { judgeOption } from "./judgeOption.ts";
import { allOf, anyOf, concluded, lacking, notKnown, type Outcome, sawIt } from "./outcome.ts";
import { compareVersions, parseRelease, reaches, reachesRedHat, versionIn } from "./release.ts";
import { lockdownOption, type Need } from "./requirement.ts";

/** What the evidence says of one need. Pure. */
export function judgeNeed(need: Need, evidence: KernelEvidence): Outcome {
  const { kernel } = evidence;
  if ("all" in need) return allOf(need.all.map((one) => judgeNeed(one, evidence)));
  if ("any" in need) return anyOf(need.any.map((one) => judgeNeed(one, evidence)));
  if ("tried" in need) return triedFirst(judgeNeed(need.tried, evidence), judgeNeed(need.otherwise, evidence));
  if ("option" in need) return judgeOption(need.option, kernel);
  if ("kernel" in need) return judgeKernel(need, kernel.release);
  if ("kernelBelow" in need) return judgeBelow(need.kernelBelow, kernel.release);
  if ("nft" in need) return judgeTried(evidence.nft?.parts.get(need.nft), `nftables: ${need.nft}`, evidence);
  if ("link" in need) return judgeTried(evidence.links?.get(need.link), `an interface of type ${need.link}`, evidence);
  if ("program" in need)
    return judgeBpf(evidence.bpf?.deep?.programTypes.get(need.program), `BPF programs of type ${need.program}`);
  if ("map" in need) return judgeBpf(evidence.bpf?.deep?.mapTypes.get(need.map), `BPF maps of type ${need.map}`);
  if ("bpffs" in need) return judgeBpffs(evidence);
  return judgeRead(need, evidence);
}

/** Trying settles it. A refusal is told with the reason that was read, if there is one. */
function triedFirst(tried: Outcome, otherwise: Outcome): Outcome {
  if (tried.says === "unknown") return otherwise;
  if (tried.says === "yes") return tried;
  return otherwise.says === "no" ? { ...tried, why: otherwise.why, change: otherwise.change } : tried;
}

function judgeKernel(need: Extract<Need, { kernel: string }>, text: string): Outcome {
  const release = parseRelease(text);
  if (release === null) return notKnown("the kernel's version is not understood");
  const reached = reaches(release, need.kernel);
  if (reached === true) return sawIt(`kernel ${text}`);
  if (reached === null) return notKnown(`kernel ${text} does not tell whether it has what came with ${need.kernel}`);
  const change = `run kernel ${need.kernel} or newer`;
  if (release.redhat !== null && need.byNumber === undefined) {
    if (need.redhat === undefined)
      return notKnown(`kernel ${text} is older than ${need.kernel}, but Red Hat brings newer parts into it`, change);
    if (reachesRedHat(release, need.redhat))
      return concluded(`Red Hat's ${need.redhat} and newer have what came with ${need.kernel}`);
    return lacking(
      `kernel ${text} is older than ${need.kernel}, and than Red Hat's ${need.redhat}`,
      `run Red Hat's ${need.redhat} or newer, or ${need.kernel}`,
    );
  }
  return lacking(`kernel ${text} is older than ${need.kernel}`, change);
}

function judgeBelow(limit: string, text: string): Outcome {
  const release = parseRelease(text);
  const reached = release === null ? null : reaches(release, limit);
  if (reached === null) return notKnown("the kernel's version is not understood");
  return reached ? lacking(`kernel ${text} is ${limit} or newer`, `a kernel older than ${limit}`) : sawIt(`kernel ${text}`);
}

function judgeTried(tried: Tried | undefined, what: string, { kernel }: KernelEvidence): Outcome {
  if (tried === undefined) return notKnown(`${what} was not tried`);
  if (tried.outcome === "accepted") return sawIt(`${what} was made and read back`);
  if (tried.outcome === "refused") return lacking(`the kernel refuses ${what}`, "", tried.said);
  if (tried.outcome === "not-possible") return notKnown(`${what} could not be tried: ${tried.why}`);
  const names = tried.modules.map((name) => name.replaceAll("-", "_"));
  const there =
    kernel.loaded !== null &&
    names.length > 0 &&
    names.every((name) => kernel.loadable?.has(name) === true || kernel.loaded?.has(name) === true);
  return there
    ? concluded(`module${names.length === 1 ? "" : "s"} ${names.join(", ")} can be loaded`)
    : notKnown(`${what} was not tried: it would load ${names.join(", ")}`);
}

function judgeBpf(found: boolean | undefined, what: string): Outcome {
  if (found === undefined) return notKnown(`${what} were not tried`);
  return found ? sawIt(`${what} can be made`) : lacking(`the kernel refuses ${what}`, "");
}

function judgeBpffs({ kernel, bpf }: KernelEvidence): Outcome {
  const mount = kernel.mounts.findLast((one) => one.at === "/sys/fs/bpf" && one.type === "bpf");
  const state = bpf?.bpffs ?? (mount === undefined ? "not-mounted" : mount.writable ? "writable" : "read-only");
  if (state === "writable") return sawIt("the bpf file system is mounted at /sys/fs/bpf");
  if (state === "read-only")
    return lacking("/sys/fs/bpf cannot be written", "mount it writable: `mount -o remount,rw /sys/fs/bpf`");
  return lacking(
    "the bpf file system is not mounted at /sys/fs/bpf",
    kernel.filesystems.size === 0 || kernel.filesystems.has("bpf") ? "" : "run a kernel with CONFIG_BPF_SYSCALL",
  );
}

type Simple = Extract<
  Need,
  | { sysctl: string }
  | { tool: string }
  | { mount: string }
  | { filesystem: string }
  | { btf: true }
  | { lockdownNot: readonly string[] }
  | { machine: readonly string[] }
>;

function judgeRead(need: Simple, { kernel }: KernelEvidence): Outcome {
  if ("sysctl" in need) return judgeSysctl(need, kernel.sysctls.get(need.sysctl));
  if ("tool" in need) return judgeTool(need, kernel.tools.get(need.tool));
  if ("mount" in need) {
    const found = kernel.mounts.findLast((one) => one.at === need.mount)?.type;
    if (found === need.type) return sawIt(`${need.mount} is ${need.type}`);
    return lacking(
      found === undefined ? `nothing is mounted at ${need.mount}` : `${need.mount} is ${found}, not ${need.type}`,
      "",
    );
  }
  if ("filesystem" in need) {
    if (kernel.filesystems.has(need.filesystem)) return sawIt(`${need.filesystem} in /proc/filesystems`);
    if (kernel.filesystems.size === 0) return notKnown("/proc/filesystems was not read");
    return lacking(`file system ${need.filesystem} is not in /proc/filesystems`, "");
  }
  if ("btf" in need) {
    if (kernel.btf === "readable") return sawIt("/sys/kernel/btf/vmlinux");
    if (kernel.btf === "unreadable")
      return lacking("/sys/kernel/btf/vmlinux is there but holds nothing that can be read", "look at what is mounted over it");
    const built = judgeOption("DEBUG_INFO_BTF", kernel);
    return built.says === "yes"
      ? lacking(
          `there is no /sys/kernel/btf/vmlinux, but ${built.from}`,
          "let the machine see /sys/kernel/btf: something hides it",
        )
      : lacking("there is no /sys/kernel/btf/vmlinux", "run a kernel with CONFIG_DEBUG_INFO_BTF");
  }
  if ("machine" in need)
    return need.machine.includes(kernel.machine)
      ? sawIt(kernel.machine)
      : lacking(`machines of type ${kernel.machine} are not served`, `one of ${need.machine.join(", ")}`);
  if (kernel.lockdown !== null)
    return need.lockdownNot.includes(kernel.lockdown)
      ? lacking(`lockdown is ${kernel.lockdown}`, "")
      : sawIt(`lockdown is ${kernel.lockdown}`);
  const possible = judgeOption(lockdownOption.option, kernel);
  if (possible.says === "no") return concluded(possible.why);
  return notKnown("/sys/kernel/security/lockdown was not found", "mount -t securityfs securityfs /sys/kernel/security");
}

function judgeSysctl(need: Extract<Need, { sysctl: string }>, value: string | null | undefined): Outcome {
  if (value === undefined) return notKnown(`sysctl ${need.sysctl} was not read`);
  if (value === null) return lacking(`there is no sysctl ${need.sysctl}`, "");
  if (need.oneOf !== undefined && !need.oneOf.includes(value))
    return lacking(`sysctl ${need.sysctl} is ${value}`, `set it to ${need.oneOf.join(" or ")}`);
  return sawIt(`sysctl ${need.sysctl} is there`);
}

function judgeTool(need: Extract<Need, { tool: string }>, said: string | null | undefined): Outcome {
  if (said === undefined) return notKnown(`${need.tool} was not looked for`);
  if (said === null)
    return need.orAbsent
      ? sawIt(`no ${need.tool} on the machine`)
      : lacking(`there is no ${need.tool} on the machine`, `install ${need.tool}`);
  if (need.atLeast === undefined) return sawIt(`${need.tool} is on the machine`);
  const version = versionIn(said);
  if (version === null) return notKnown(`the version of ${need.tool} is not known`);
  if (compareVersions(version, need.atLeast) >= 0) return sawIt(`${need.tool} ${version}`);
  return lacking(`${need.tool} ${version} is older than ${need.atLeast}`, `install ${need.tool} ${need.atLeast} or newer`);
}
