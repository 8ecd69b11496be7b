import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { linkTypes } from "../../../../src/kernel/evidence.ts";
import { linkProbe } from "../../../../src/kernel/probes/linkProbe.ts";
import { readTrial } from "../../../../src/kernel/probes/readTrial.ts";
import { captured, refusal, replied } from "./reply.ts";

const probe = linkProbe(linkTypes, false);
const good = captured("links-6.18");
const outcomes = (stdout: string) =>
  Object.fromEntries([...probe.parse(replied(stdout))].map(([type, { outcome }]) => [type, outcome]));

describe("what a machine says of links", () => {
  test("a kernel that lacks some", () => {
    const refused = { outcome: "refused", said: "Unknown device type." };
    const links = probe.parse(replied(good));
    for (const type of ["geneve", "ipip", "wireguard", "dummy", "ipvlan", "netkit"] as const)
      expect(links.get(type)).toEqual(refused);
    for (const type of ["vxlan", "veth", "bridge", "macvlan"] as const) expect(links.get(type)).toEqual({ outcome: "accepted" });
  });

  test("a kernel that loaded what it was asked for, and unloaded it: macvlan and ipvlan side by side", () => {
    const reply = captured("links-6.1-loaded");
    expect(outcomes(reply)).toMatchObject({ macvlan: "accepted", ipvlan: "accepted", wireguard: "accepted", netkit: "refused" });
    const { loaded } = readTrial("key", replied(reply));
    expect(loaded.slice(0, 3)).toEqual(["ipvlan", "macvlan", "bridge"]);
    expect(loaded).toHaveLength(21);
  });

  test("what it says cannot reach the terminal as more than text", () => {
    const reply = good.replace("refused\tUnknown device type.", `refused\t\x1b]0;x\x07${"y".repeat(1000)}`);
    expect(probe.parse(replied(reply)).get("geneve")).toEqual({ outcome: "refused", said: ` ]0;x ${"y".repeat(294)}` });
  });

  test("what would load, what cannot be known, and a tool that is too old, are not the kernel's no", () => {
    const with_ = (line: string) => probe.parse(replied(good.replace(/^type\tnetkit\t.*$/m, line))).get("netkit");
    expect(with_("type\tnetkit\twould-load\t netkit")).toEqual({ outcome: "would-load", modules: ["netkit"] });
    expect(with_("type\tnetkit\tnot-possible\tip does not know the type: Garbage")).toEqual({
      outcome: "not-possible",
      why: "ip does not know the type: Garbage",
    });
    expect(outcomes("impossible\tip of iproute2 is not on the machine\nend\n")).toEqual(
      Object.fromEntries(linkTypes.map((type) => [type, "not-possible"])),
    );
  });
});

test.each(
  Object.entries({
    nothing: "",
    "cut off": good.slice(0, -4),
    "a type that does not exist": good.replace("type\tveth", "type\ttoString"),
    "a type twice": good.replace("type\tveth", "type\tbridge"),
    "a type missing": good.replace("type\tveth\taccepted\t\n", ""),
    "no outcome": good.replace("type\tveth\taccepted\t", "type\tveth"),
    "a module that is a path": good.replace("type\tveth\taccepted\t", "type\tveth\twould-load\t../x"),
    "another's line": good.replace("type\tveth", "part\tveth"),
  }),
)("refused: %s", (_, stdout) => {
  expect(refusal(probe, stdout)).not.toBeNull();
});

test("a type that was not asked for is not taken", () => {
  expect(refusal(linkProbe(["vxlan"], false), good)?.message).toBe("a type of link that was not asked for");
});

test("the script is one that sh reads", () => {
  for (const mayLoad of [false, true]) {
    const { script } = linkProbe(linkTypes, mayLoad);
    expect(spawnSync("sh", ["-n"], { input: script.text, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  }
});
