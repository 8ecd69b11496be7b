import { FactError, type FactReply } from "../facts/fact.ts";
import type { KernelFacts } from "./evidence.ts";

const token = /^[A-Za-z0-9._+~:@/-]{1,128}$/;
const line = /^(?:([a-z]+)=|CONFIG_)([^\0]{0,400})$/;
/** What each line may hold. */
const shapes: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    release: /^[^\s]{1,128}$/,
    machine: /^[A-Za-z0-9_.-]{1,32}$/,
    distribution: /^["']?[A-Za-z0-9._-]{0,64}["']?$/,
    version: /^["']?[A-Za-z0-9 ._+-]{0,64}["']?$/,
    config: token,
    option: /^[A-Z0-9_]{1,80}=.{0,200}$/,
    has: /^(builtin|loadable|loaded)$/,
    builtin: /^[A-Za-z0-9_]{1,64}$/,
    loadable: /^[A-Za-z0-9_]{1,64}$/,
    loaded: /^[A-Za-z0-9_]{1,64}$/,
    filesystem: /^[A-Za-z0-9_.]{1,32}$/,
    trace: /^(\/|cgroup )[A-Za-z0-9_./-]{1,100}$/,
    mount: /^\/\S{0,128} \S{1,32} (rw|ro)$/,
    sysctl: /^[A-Za-z0-9._-]{1,100} .{0,200}$/,
    nosysctl: /^[A-Za-z0-9._-]{1,100}$/,
    btf: /^(readable|absent|unreadable)$/,
    lockdown: /^[a-z]{1,32}$/,
    tool: /^[A-Za-z0-9._-]{1,32} .{0,100}$/,
    notool: /^[A-Za-z0-9._-]{1,32}$/,
    end: /^kernel$/,
  }),
);

/** The reply to the script of `kernelFacts`. Throws FactError on a line it does not know, or when the reply breaks off. */
export function parseKernelFacts({ stdout }: FactReply): KernelFacts {
  const found = new Map<string, string[]>();
  for (const text of stdout.split("\n").filter((one) => one !== "")) {
    const [, name = "option", value = ""] = line.exec(text) ?? [];
    if (shapes.get(name)?.test(value) !== true)
      throw new FactError("kernel", "what the machine told of its kernel is not understood", text.slice(0, 200));
    const values = found.get(name);
    if (values === undefined) found.set(name, [value]);
    else values.push(value);
  }
  const all = (name: string): readonly string[] => found.get(name) ?? [];
  const last = (name: string): string | undefined => all(name).at(-1);
  const release = last("release");
  if (release === undefined || last("end") === undefined)
    throw new FactError("kernel", "what the machine told of its kernel breaks off", stdout.slice(-200));
  const present = (name: string): ReadonlySet<string> | null => (all("has").includes(name) ? new Set(all(name)) : null);
  const source = last("config");
  return {
    release,
    distribution: { id: unquote(last("distribution")), version: unquote(last("version")) },
    machine: last("machine") ?? "",
    config: source === undefined ? null : { source, options: new Map(all("option").map((text) => cut(text, "="))) },
    builtin: present("builtin"),
    loadable: present("loadable"),
    loaded: present("loaded"),
    filesystems: new Set(all("filesystem")),
    traces: new Set(all("trace")),
    mounts: all("mount").map((text) => {
      const [at = "", type = "", mode] = text.split(" ");
      return { at, type, writable: mode === "rw" };
    }),
    sysctls: new Map<string, string | null>([
      ...all("sysctl").map((text) => cut(text, " ")),
      ...all("nosysctl").map((name) => [name, null] as const),
    ]),
    btf: (last("btf") ?? "absent") as KernelFacts["btf"],
    lockdown: last("lockdown") ?? null,
    tools: new Map<string, string | null>([
      ...all("tool").map((text) => cut(text, " ")),
      ...all("notool").map((name) => [name, null] as const),
    ]),
  };
}

const unquote = (text: string | undefined): string => (text ?? "").replace(/^["']|["']$/g, "");

const cut = (text: string, by: string): readonly [string, string] => {
  const at = text.indexOf(by);
  return [text.slice(0, at), text.slice(at + 1)];
};
