import { describe, expect, test } from "vitest";
import { readListening, readRecords, readSent } from "../../../../src/preflight/between/replies.ts";

const asked = ["tcp/6443", "udp/8472", "udp/0"];

describe("what a listener says of itself", () => {
  test("each port as it was opened", () => {
    const said = readListening("ready 417 tcp/6443=taken udp/8472=failed:13 udp/0=40123\r", asked);
    expect(said?.pid).toBe(417);
    expect([...(said?.ports ?? [])]).toEqual([
      ["tcp/6443", "taken"],
      ["udp/8472", { errno: 13 }],
      ["udp/0", { port: 40123 }],
    ]);
  });

  test.each([
    "",
    "neither",
    "ready",
    "ready 0 tcp/6443=listening udp/8472=listening udp/0=1",
    "ready 1;reboot tcp/6443=listening udp/8472=listening udp/0=1",
    "ready 99999999 tcp/6443=listening udp/8472=listening udp/0=1",
    "ready 417 tcp/6443=listening udp/8472=listening",
    "ready 417 tcp/6443=listening udp/8472=listening udp/0=0",
    "ready 417 tcp/6443=listening udp/8472=listening udp/0=70000",
    "ready 417 tcp/6443=31337 udp/8472=listening udp/0=40123",
    "ready 417 tcp/22=listening udp/8472=listening udp/0=40123",
    "\u0000".repeat(10_000),
  ])("%j is no such thing", (line) => expect(readListening(line, asked)).toBeNull());
});

describe("what a sender says", () => {
  test("one line for each leg, and an end", () =>
    expect([
      ...(readSent("tcp 0 ok 312\ntcp 1 timeout 0\ntcp 2 error 113\nudp 3 acked 1472\nudp 4 error 1\nend\n") ?? []),
    ]).toEqual([
      [0, { kind: "ok", microseconds: 312 }],
      [1, { kind: "timeout" }],
      [2, { kind: "error", errno: 113 }],
      [3, { kind: "acked", bytes: 1472 }],
      [4, { kind: "error", errno: 1 }],
    ]));

  test("what was cut off is not believed in part", () => expect(readSent("tcp 0 ok 312\n")).toBeNull());

  test("lines no sender prints are dropped", () =>
    expect([
      ...(readSent("tcp x ok 1\ntcp 1 ok -1\ntcp 2 ok 1 2\nudp 3 ok 5\ntcp 4 acked 5\ntcp 5 great 1\n\ntcp 6\nend") ?? []),
    ]).toEqual([]));
});

describe("what a receiver recorded", () => {
  test("the largest of each leg", () =>
    expect([...(readRecords("3 100\n3 1472\n3 900\n4 100\nend\n") ?? [])]).toEqual([
      [3, 1472],
      [4, 100],
    ]));

  test("nothing is an answer, an end that is missing is none", () => {
    expect(readRecords("end\n")?.size).toBe(0);
    expect(readRecords("3 100\n")).toBeNull();
    expect(readRecords("")).toBeNull();
  });

  test("no size that a datagram cannot have", () => expect(readRecords("3 99999999\n-1 5\n3 1e3\n3 1 1\nend")?.size).toBe(0));
});
