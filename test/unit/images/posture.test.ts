import { expect, test } from "vitest";
import { podsFact } from "../../../src/images/podsFact.ts";
import { capabilitiesOf, linkingOf } from "../../../src/images/posture.ts";

const digest = `sha256:${"d".repeat(64)}`;
/** A 64-bit program of two program headers, neither a loader. */
const elf = Buffer.alloc(200);
elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
elf.writeBigUInt64LE(64n, 32);
elf.writeUInt16LE(56, 54);
elf.writeUInt16LE(2, 56);

test("a loader is what makes a program dynamic; what is no ELF file is not known", () => {
  const dynamic = Buffer.from(elf);
  dynamic.writeUInt32LE(3, 64 + 56);
  expect([linkingOf(elf), linkingOf(dynamic), linkingOf(Buffer.from("#!/bin/sh\n".padEnd(100)))]).toEqual([
    "static",
    "dynamic",
    "unknown",
  ]);
  const beyond = Buffer.from(elf);
  beyond.writeUInt16LE(60_000, 56);
  expect(linkingOf(beyond)).toBe("unknown");
});

test("capabilities by name, also one that is newer than this program", () => {
  expect(capabilitiesOf("00000000a80425fb")).toHaveLength(14);
  expect(capabilitiesOf("0000020000000400")).toEqual(["net_bind_service", "cap_41"]);
});

test("a static pod is known by its file's hash, others by their uid", () => {
  const line = (uid: string, hash: string) => `${uid}\t${hash}\tIcopy|\tCmain|true\tScopy|a.io/x@${digest}\tSmain|sha256:no`;
  const pods = podsFact.parse({ code: 0, stdout: `${line("u1", "")}\n${line("u2", "h2")}\n` });
  expect([...pods]).toEqual([
    ["u1 copy", { init: true, digest: digest, privileged: false }],
    ["u1 main", { init: false, digest: null, privileged: true }],
    ["h2 copy", { init: true, digest: digest, privileged: false }],
    ["h2 main", { init: false, digest: null, privileged: true }],
  ]);
});
