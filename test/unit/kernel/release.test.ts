import { describe, expect, test } from "vitest";
import { compareVersions, parseRelease, reaches, reachesRedHat, versionIn } from "../../../src/kernel/release.ts";

describe("a kernel's release", () => {
  test.each([
    ["6.1.0-28-amd64", [6, 1, 0], null],
    ["4.18.0-305.el8.x86_64", [4, 18, 0], 305],
    ["4.18.0-372.9.1.el8.x86_64", [4, 18, 0], 372],
    ["5.14.0-427.el9_4", [5, 14, 0], 427],
    ["6.18.0+", [6, 18, 0], null],
    ["6.18.44-fc-v657", [6, 18, 44], null],
    ["5.4.17-2136.335.4.el8uek.x86_64", [5, 4, 17], null],
    ["6.6", [6, 6, 0], null],
    ["6.12-rc3", [6, 12, 0], null],
  ])("%s", (text, numbers, redhat) => {
    expect(parseRelease(text)).toMatchObject({ numbers, redhat });
  });

  test.each([
    "",
    "6",
    "latest",
    "6.1.0 ; reboot",
    "6.1.0\n7.0",
    "9999.1.0",
    "6.1.0-$(id)",
    `6.1.0-${"a".repeat(200)}`,
    "-6.1",
    "6..1",
    "６.1.0",
  ])("%j is none", (text) => {
    expect(parseRelease(text)).toBeNull();
  });

  const at = (text: string, minimum: string) =>
    reaches(parseRelease(text) ?? { numbers: [0, 0, 0], redhat: null, exact: true }, minimum);
  test("is compared number by number", () => {
    expect(at("5.15.0-25-generic", "5.13")).toBe(true);
    expect(at("5.4.0-216-generic", "5.13")).toBe(false);
    expect(at("6.1.0", "5.13")).toBe(true);
    expect(at("4.19.60", "4.19.57")).toBe(true);
    expect(at("4.19.12", "4.19.57")).toBe(false);
  });
  test("that does not say how far it is says nothing", () => {
    expect(at("4.19.0-26-amd64", "4.19.57")).toBeNull();
    expect(at("4.19.0-26-amd64", "4.19")).toBe(true);
  });
  test("of Red Hat is compared by its build too", () => {
    const redhat = (text: string, minimum: string) =>
      reachesRedHat(parseRelease(text) ?? { numbers: [0, 0, 0], redhat: null, exact: true }, minimum);
    expect(redhat("4.18.0-305.el8", "4.18.0-305")).toBe(true);
    expect(redhat("4.18.0-193.el8", "4.18.0-305")).toBe(false);
    expect(redhat("5.14.0-70.el9", "4.18.0-305")).toBe(true);
    expect(redhat("3.10.0-1160.el7.x86_64", "4.18.0")).toBe(false);
  });
});

test("versions out of what programs say", () => {
  expect(versionIn("nftables v1.0.6 (Lester Gooch #5)")).toBe("1.0.6");
  expect(versionIn("iptables v1.8.9 (nf_tables)")).toBe("1.8.9");
  expect(versionIn("1.0.6-2+deb12u2")).toBe("1.0.6");
  expect(versionIn("command not found")).toBeNull();
  expect(compareVersions("1.0.10", "1.0.9")).toBeGreaterThan(0);
  expect(compareVersions("1.1", "1.0.9")).toBeGreaterThan(0);
  expect(compareVersions("1.0", "1.0.0")).toBe(0);
});
