import { describe, expect, it } from "vitest";
import {
  cidrContains,
  cidrSize,
  cidrsOverlap,
  formatAddress,
  formatCidr,
  looksLikeIpv6,
  nthAddress,
  parseAddress,
  parseCidr,
} from "../../../src/model/ip.ts";

const cidr = (text: string) => parseCidr(text) ?? expect.fail(text);

it.each(["0.0.0.0", "10.0.0.1", "192.0.2.255", "255.255.255.255"])("%s is read and written", (text) => {
  expect(formatAddress(parseAddress(text) ?? -1)).toBe(text);
});
it.each(["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4 ", "a.b.c.d", "-1.0.0.0", "1e1.0.0.0"])(
  "%j is no address",
  (text) => {
    expect(parseAddress(text)).toBeNull();
  },
);
it.each(["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/8/8", "/8", "fd00::/8"])("%j is no network", (text) => {
  expect(parseCidr(text)).toBeNull();
});

describe("networks", () => {
  it("cut off what is behind the prefix", () => expect(formatCidr(cidr("10.244.17.3/16"))).toBe("10.244.0.0/16"));
  it("know their size", () =>
    expect(["0.0.0.0/0", "10.0.0.0/24", "10.0.0.1/32"].map((text) => cidrSize(cidr(text)))).toEqual([2 ** 32, 256, 1]));
  it.each([
    ["10.0.0.0/8", "10.96.0.0/16", true],
    ["10.96.0.0/16", "10.97.0.0/16", false],
    ["0.0.0.0/0", "255.255.255.255/32", true],
    ["192.0.2.0/25", "192.0.2.128/25", false],
  ])("%s and %s overlap: %s", (a, b, expected) => {
    expect([cidrsOverlap(cidr(a), cidr(b)), cidrsOverlap(cidr(b), cidr(a))]).toEqual([expected, expected]);
  });
  it("contain their first and last address and no other", () => {
    const inside = (text: string): boolean => cidrContains(cidr("192.0.2.0/24"), parseAddress(text) ?? -1);
    expect(["192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"].map(inside)).toEqual([false, true, true, false]);
  });
  it("count their addresses", () => {
    expect(nthAddress("10.96.0.0/16", 10)).toBe("10.96.0.10");
    expect(() => nthAddress("10.96.0.0/30", 4)).toThrow(RangeError);
  });
});

it.each([
  ["fd00::1", true],
  ["::", true],
  ["fe80::1%eth0", true],
  ["2001:db8::/32", true],
  ["10.0.0.1", false],
  ["host:22", false],
  ["a:b", false],
])("%s is IPv6: %s", (text, expected) => {
  expect(looksLikeIpv6(text)).toBe(expected);
});
