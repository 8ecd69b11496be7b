import type { KernelFacts } from "./evidence.ts";
import { aliasesOf, foldedInto, modulesOf, namesOf, tracesOf } from "./options.ts";
import { concluded, lacking, notKnown, type Outcome, sawIt } from "./outcome.ts";
import { parseRelease, reaches } from "./release.ts";

/** Whether the kernel has CONFIG_`option`, from what was read: what only such kernels show, then modules, then the configuration text. */
export function judgeOption(option: string, kernel: KernelFacts): Outcome {
  const own = [option, ...aliasesOf(option)].map((name) => judgeName(name, kernel));
  const yes = own.find((one) => one.says === "yes");
  if (yes !== undefined) return yes;
  const folded = foldedInto(option);
  if (folded === null) return own.find((one) => one.says === "unknown") ?? (own[0] as Outcome);
  const release = parseRelease(kernel.release);
  if (release === null)
    return notKnown(`kernels from ${folded.from} on have no CONFIG_${option}, and the kernel's version is not known`);
  if (reaches(release, folded.from) !== false) return judgeOption(folded.into, kernel);
  return own[0] as Outcome;
}

type ModuleState = "loaded" | "builtin" | "loadable" | "absent" | "unknown";

function judgeName(name: string, kernel: KernelFacts): Outcome {
  const trace = tracesOf(name).find((one) => kernel.traces.has(one));
  if (trace !== undefined)
    return sawIt(trace.startsWith("/") ? trace : `${trace.replace("cgroup ", "controller ")} in /proc/cgroups`);
  const modules = modulesOf(name).map((module) => ({ module, state: stateOf(module, kernel) }));
  if (modules.length > 0 && modules.every(({ state }) => state === "loaded")) return sawIt(`${say(modules, "loaded")} loaded`);
  if (modules.length > 0 && modules.every(({ state }) => state === "builtin")) return concluded(`${say(modules)} built in`);
  if (modules.length > 0 && modules.every(({ state }) => state !== "absent" && state !== "unknown"))
    return concluded(`${say(modules, "loadable")} can be loaded`);
  return kernel.config === null ? withoutText(name, modules, kernel) : fromText(name, modules, kernel, kernel.config);
}

type Modules = readonly { readonly module: string; readonly state: ModuleState }[];

const say = (modules: Modules, state?: ModuleState): string => {
  const names = modules.filter((one) => state === undefined || one.state === state).map(({ module }) => module);
  return `module${names.length === 1 ? "" : "s"} ${names.join(", ")}`;
};

const are = (modules: Modules): string => (modules.length === 1 ? "is" : "are");

function stateOf(module: string, kernel: KernelFacts): ModuleState {
  const among = (set: ReadonlySet<string> | null): boolean => namesOf(module).some((name) => set?.has(name) === true);
  if (among(kernel.loaded)) return "loaded";
  if (among(kernel.builtin)) return "builtin";
  if (kernel.loaded !== null && among(kernel.loadable)) return "loadable";
  const whole = kernel.builtin !== null && (kernel.loadable !== null || kernel.loaded === null);
  return whole ? "absent" : "unknown";
}

function fromText(
  name: string,
  modules: Modules,
  kernel: KernelFacts,
  { source, options }: NonNullable<KernelFacts["config"]>,
): Outcome {
  const value = options.get(name);
  if (value === undefined)
    return lacking(`CONFIG_${name} is not set in ${source}`, `run a kernel with CONFIG_${name}${packageFor(kernel, modules)}`);
  if (value !== "m") return concluded(`CONFIG_${name}=${value} in ${source}`);
  if (kernel.loaded === null) return notKnown(`${source} has CONFIG_${name}=m, but this kernel loads no modules`);
  if (kernel.loadable === null)
    return notKnown(
      `CONFIG_${name}=m, but the modules of the running kernel were not found`,
      "boot the kernel that is installed, or install the modules of the one that runs",
    );
  const missing = modules.filter(({ state }) => state === "absent" || state === "unknown");
  return lacking(
    `CONFIG_${name}=m, but ${say(missing)} ${are(missing)} not installed`,
    `install ${say(missing)}${packageFor(kernel, missing)}`,
  );
}

function withoutText(name: string, modules: Modules, kernel: KernelFacts): Outcome {
  const absent = modules.filter(({ state }) => state === "absent");
  if (absent.length > 0)
    return lacking(
      `${say(absent)} ${are(absent)} neither built in nor installed`,
      `run a kernel with CONFIG_${name}${packageFor(kernel, absent)}`,
    );
  return notKnown(
    `no configuration of the kernel was found that tells of CONFIG_${name}`,
    "install the kernel's configuration as /boot/config-$(uname -r)",
  );
}

/** Packages in which distributions put what their main kernel package leaves out. */
function packageFor({ distribution, release }: KernelFacts, modules: Modules): string {
  if (modules.length === 0 || parseRelease(release) === null) return "";
  if (release.endsWith("-raspi")) return " (package linux-modules-extra-raspi)";
  if (distribution.id === "ubuntu") return ` (package linux-modules-extra-${release})`;
  if (distribution.id === "debian" && release.includes("-cloud-"))
    return " (package linux-image-amd64 or -arm64 in place of the cloud kernel)";
  if (/\.el\d/.test(release)) return ` (package kernel-modules-extra-${release})`;
  return "";
}
