import { expect, test } from "vitest";
import { type KernelEvidence, linkTypes, nftParts, type Tried } from "../../../src/kernel/evidence.ts";
import { allFeatures } from "../../../src/kernel/features.ts";
import { judgeFeature } from "../../../src/kernel/judge.ts";
import { modulesOf, tracesOf } from "../../../src/kernel/options.ts";
import { asked } from "../../../src/kernel/requirements.ts";
import { contextWith } from "./samples.ts";

/** Numbers below `below`, the same ones for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

const releases = ["4.18.0-305.el8", "5.4.0-216-generic", "5.14.0-427.el9_4.x86_64", "6.1.0-50-amd64", "6.6.12", "6.18.0+"];

/** A machine that could be, and everything that can be learned of it. */
function machine(pick: (below: number) => number): KernelEvidence {
  const some = <T>(values: readonly T[]): T => values[pick(values.length)] as T;
  const subset = (values: Iterable<string>, one: number): Set<string> => new Set([...values].filter(() => pick(one) > 0));
  const modular = pick(3) > 0;
  const options = new Map<string, string>();
  for (const name of asked.options) {
    const value = some(modular && modulesOf(name).length > 0 ? ["y", "m", "m", "m", ""] : ["y", "y", "y", ""]);
    if (value !== "") options.set(name, value);
  }
  const modules = (value: string): readonly string[] =>
    [...options].flatMap(([name, is]) => (is === value ? modulesOf(name) : []));
  const loadable = modular ? subset(modules("m"), 8) : new Set<string>();
  const tried = (): Tried =>
    some<Tried>([
      { outcome: "accepted" },
      { outcome: "not-possible", why: "no unshare" },
      { outcome: "would-load", modules: some([["vxlan"], ["nf_tables"], ["nft_ct"]]) },
    ]);
  const bpffs = some(["writable", "read-only", "not-mounted"] as const);
  const lockdownPossible = options.has("SECURITY_LOCKDOWN_LSM");
  return {
    kernel: {
      release: some(releases),
      distribution: { id: some(["debian", "ubuntu", "rhel"]), version: "1" },
      machine: some(["x86_64", "aarch64", "s390x"]),
      config: { source: "/boot/config", options },
      builtin: new Set(modules("y")),
      loadable,
      loaded: modular ? subset(loadable, 2) : null,
      filesystems: subset(asked.filesystems, 4),
      traces: new Set(
        [...options]
          .filter(([, is]) => is === "y")
          .flatMap(([name]) => tracesOf(name))
          .filter(() => pick(3) > 0),
      ),
      mounts: bpffs === "not-mounted" ? [] : [{ at: "/sys/fs/bpf", type: "bpf", writable: bpffs === "writable" }],
      sysctls: new Map(asked.sysctls.map((name) => [name, some(["1", null])])),
      btf: some(["readable", "absent", "unreadable"]),
      lockdown: lockdownPossible ? some(["none", "confidentiality"]) : null,
      tools: new Map(asked.tools.map((name) => [name, some([null, "", "v0.9.3", "v1.0.9"])])),
    },
    nft: { version: "1.0.6", json: true, parts: new Map(nftParts.map((part) => [part, tried()])) },
    links: new Map(linkTypes.map((type) => [type, tried()])),
    bpf: { bpffs, jit: "1", unprivileged: "2", deep: null },
  };
}

/** The same machine, less looked at. */
function less({ kernel, nft, links, bpf }: KernelEvidence, pick: (below: number) => number): KernelEvidence {
  const maybe = <T, U>(value: T, without: U): T | U => (pick(2) > 0 ? value : without);
  const fewer = <K, V>(map: ReadonlyMap<K, V>): ReadonlyMap<K, V> => new Map([...map].filter(() => pick(3) > 0));
  return {
    kernel: {
      ...kernel,
      release: pick(6) > 0 ? kernel.release : "",
      config: maybe(kernel.config, null),
      builtin: maybe(kernel.builtin, null),
      loadable: maybe(kernel.loadable, null),
      filesystems: maybe(kernel.filesystems, new Set()),
      traces: maybe(kernel.traces, new Set()),
      mounts: maybe(kernel.mounts, []),
      sysctls: fewer(kernel.sysctls),
      lockdown: maybe(kernel.lockdown, null),
      tools: fewer(kernel.tools),
    },
    nft: maybe({ version: "1.0.6", json: true, parts: fewer(nft?.parts ?? new Map()) }, null),
    links: maybe(fewer(links ?? new Map()), null),
    bpf: maybe(bpf, null),
  };
}

test("the less is known of a machine, the less is said of it: no and unknown never become a yes", () => {
  const context = contextWith({ kubernetes: "1.36.4" }, ["ip", "ip6"]);
  const said = { yes: 0, no: 0, unknown: 0 };
  const wrong: string[] = [];
  for (let seed = 1; seed <= 60; seed++) {
    const pick = numbers(seed);
    const whole = machine(pick);
    const part = less(whole, pick);
    for (const feature of allFeatures) {
      const full = judgeFeature(feature, whole, context);
      judgeFeature(feature, part, context).forEach(({ what, answer }, index) => {
        const before = full[index]?.answer.says ?? "unknown";
        said[before]++;
        if (answer.says === "yes" && before !== "yes")
          wrong.push(`seed ${seed}: ${feature}, ${what}: ${before}, then yes from ${answer.from}`);
      });
    }
  }
  expect(wrong).toEqual([]);
  expect(Math.min(said.yes, said.no, said.unknown)).toBeGreaterThan(100);
});
