import { type Fact, FactError, type FactReply } from "../../facts/fact.ts";
import { sh } from "../../host/sh.ts";
import type { BpfProbe } from "../evidence.ts";

/**
 * `deepHelper`: absolute path of a bpftool on the node, whose `feature probe` then loads tiny programs and maps that end with it;
 * null: nothing was brought there. In /sys/fs/bpf a folder is made and removed. Throws FactError when the helper did not answer.
 */
export function bpfProbe({ deepHelper }: { readonly deepHelper: string | null }): Fact<BpfProbe> {
  const key = `kernel/bpf${deepHelper === null ? "" : ` deep ${deepHelper}`}`;
  return {
    key,
    script: deepHelper === null ? sh`${looks}\necho end` : sh`${looks}\n${deep(deepHelper)}\necho end`,
    parse: (reply) => parse(key, deepHelper !== null, reply),
  };
}

/** The last of several mounts at one place is the one that is seen. bpffs knows no dots in names. */
const looks = sh`bpffs=not-mounted
while read -r _ at type _; do
  if [ "$at" = /sys/fs/bpf ]; then if [ "$type" = bpf ]; then bpffs=read-only; else bpffs=not-mounted; fi; fi
done </proc/self/mounts
own=/sys/fs/bpf/provision-probe-$$
if [ $bpffs = read-only ] && mkdir $own; then
  rmdir $own
  bpffs=writable
fi
printf 'bpffs=%s\\njit=%s\\nunprivileged=%s\\n' $bpffs "$(cat /proc/sys/net/core/bpf_jit_enable)" "$(cat /proc/sys/kernel/unprivileged_bpf_disabled)"`;

/** One line of JSON; its longest part, the helper functions of every program type, stays on the node. */
const deep = (helper: string) =>
  sh`printf 'deep=%s\\n' "$(${helper} -j feature probe kernel | head -n 1 | sed 's/"helpers":{.*},"misc":/"misc":/')"`;

function parse(key: string, isDeep: boolean, { stdout }: FactReply): BpfProbe {
  const lines = stdout.split("\n").filter((line) => line !== "");
  const names = ["bpffs", "jit", "unprivileged", ...(isDeep ? ["deep"] : [])];
  if (lines.pop() !== "end" || lines.length !== names.length)
    throw new FactError(key, "the probe did not run to its end", stdout.slice(0, 200));
  const [bpffs, jit, unprivileged, answer] = names.map((name, index) => {
    const line = lines[index] ?? "";
    if (!line.startsWith(`${name}=`)) throw new FactError(key, `no word about ${name}`, line.slice(0, 200));
    return line.slice(name.length + 1);
  });
  if (bpffs !== "writable" && bpffs !== "read-only" && bpffs !== "not-mounted")
    throw new FactError(key, "not a state of bpffs", `${bpffs}`.slice(0, 200));
  return {
    bpffs,
    jit: setting(key, jit ?? ""),
    unprivileged: setting(key, unprivileged ?? ""),
    deep: answer === undefined ? null : features(key, answer),
  };
}

/** "" where the file is not there. */
function setting(key: string, text: string): string | null {
  if (text === "") return null;
  if (!/^\d{1,3}$/.test(text)) throw new FactError(key, "not the value of a setting", text.slice(0, 200));
  return text;
}

function features(key: string, text: string): NonNullable<BpfProbe["deep"]> {
  const all = text === "" ? null : json(key, text);
  return {
    programTypes: types(key, all, "program_types", /^have_([a-z0-9_]{1,64})_prog_type$/),
    mapTypes: types(key, all, "map_types", /^have_([a-z0-9_]{1,64})_map_type$/),
  };
}

function json(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new FactError(key, "bpftool did not answer with JSON", text.slice(0, 200));
    throw error;
  }
}

/** {"have_hash_map_type": true, …} -> hash: true. At least one, or the helper could not probe at all. */
function types(key: string, all: unknown, section: string, name: RegExp): ReadonlyMap<string, boolean> {
  const found = isRecord(all) ? all[section] : undefined;
  if (!isRecord(found) || Object.keys(found).length === 0)
    throw new FactError(key, `bpftool said nothing of ${section.replace("_", " ")}`, JSON.stringify(all)?.slice(0, 200) ?? "");
  return new Map(
    Object.entries(found).map(([long, value]) => {
      const short = name.exec(long)?.[1];
      if (short === undefined || typeof value !== "boolean")
        throw new FactError(key, `not one of bpftool's ${section.replace("_", " ")}`, long.slice(0, 200));
      return [short, value];
    }),
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
