import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { bpfProbe } from "../../../../src/kernel/probes/bpfProbe.ts";
import { captured, refusal, replied } from "./reply.ts";

const plain = bpfProbe({ deepHelper: null });
const deep = bpfProbe({ deepHelper: "/opt/provision/store/bpftool-7.1.0-abababababab/bpftool" });
const good = captured("bpf-6.18-deep");
const answers = (json: string) => good.replace(/^deep=.*$/m, () => `deep=${json}`);

describe("what a machine says of eBPF", () => {
  test("without a helper", () => {
    expect(plain.parse(replied("bpffs=not-mounted\njit=\nunprivileged=2\nend\n"))).toEqual({
      bpffs: "not-mounted",
      jit: null,
      unprivileged: "2",
      deep: null,
    });
    expect(plain.parse(replied("bpffs=read-only\njit=1\nunprivileged=\nend\n"))).toMatchObject({ bpffs: "read-only", jit: "1" });
  });

  test("with one: program and map types by their names", () => {
    const { deep: found } = deep.parse(replied(good));
    expect([...(found?.programTypes ?? [])].filter(([, there]) => !there).map(([type]) => type)).toEqual([
      "lirc_mode2",
      "tracing",
      "ext",
      "lsm",
    ]);
    expect(found?.programTypes.get("cgroup_sock_addr")).toBe(true);
    expect(found?.mapTypes.get("lru_percpu_hash")).toBe(true);
  });
});

test.each(
  Object.entries({
    nothing: "",
    "cut off": good.slice(0, 60),
    "the helper said nothing": answers(""),
    "the helper was killed while it spoke": answers('{"program_types":{"have_xdp_prog_type":true'),
    "an error instead": answers('{"error":"bpf() syscall is not supported"}'),
    "no program types": answers('{"program_types":{},"map_types":{"have_hash_map_type":true}}'),
    "no map types": answers('{"program_types":{"have_xdp_prog_type":true}}'),
    "types as a list": answers('{"program_types":[true],"map_types":[true]}'),
    "neither true nor false": answers('{"program_types":{"have_xdp_prog_type":1},"map_types":{"have_hash_map_type":true}}'),
    "not the name of a type": answers(
      '{"program_types":{"have_\\u001b[2J_prog_type":true},"map_types":{"have_hash_map_type":true}}',
    ),
    "a scalar": answers("true"),
    "a state that does not exist": good.replace("bpffs=writable", "bpffs=yes"),
    "a setting that is no number": good.replace("jit=1", "jit=$(reboot)"),
    "lines in another order": good.replace("bpffs=writable\njit=1", "jit=1\nbpffs=writable"),
  }),
)("refused: %s", (_, stdout) => {
  expect(refusal(deep, stdout)?.key).toBe(deep.key);
});

test("an answer of a helper that was not asked is not taken, nor the lack of one that was", () => {
  expect(refusal(plain, good)).not.toBeNull();
  expect(refusal(deep, good.replace(/^deep=.*\n/m, ""))).not.toBeNull();
});

test("the script is one that sh reads, whatever the path of the helper", () => {
  for (const deepHelper of [null, "/opt/it's here/$(bpftool)"]) {
    const { script } = bpfProbe({ deepHelper });
    expect(spawnSync("sh", ["-n"], { input: script.text, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  }
});
