import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { cacheKey, cacheRoot, readJson, sha256, verifyFiles, writeAtomically } from "../../lab/cache.ts";

const folder = mkdtempSync(join(tmpdir(), "lab-cache-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("cacheRoot", () => {
  it("is outside the checkout, where the environment says", () => {
    expect(cacheRoot({}, "/home/a")).toBe("/home/a/.cache/provision-lab");
    expect(cacheRoot({ XDG_CACHE_HOME: "/c" }, "/home/a")).toBe("/c/provision-lab");
    expect(cacheRoot({ XDG_CACHE_HOME: "/c", PROVISION_LAB_CACHE: "/mine" }, "/home/a")).toBe("/mine");
    expect(cacheRoot({ XDG_CACHE_HOME: "", PROVISION_LAB_CACHE: "" }, "/home/a")).toBe("/home/a/.cache/provision-lab");
  });
});

describe("cacheKey", () => {
  it("does not depend on the order of fields, and does on everything else", () => {
    const key = cacheKey({ a: 1, b: { c: [1, 2], d: "x" } });
    expect(cacheKey({ b: { d: "x", c: [1, 2] }, a: 1 })).toBe(key);
    expect(cacheKey({ a: 1, b: { c: [2, 1], d: "x" } })).not.toBe(key);
  });
});

describe("verifyFiles", () => {
  it("tells whole, damaged and missing apart", async () => {
    writeAtomically(join(folder, "sub/one"), "one");
    const files = { "sub/one": "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed" };
    expect(await sha256([join(folder, "sub/one")])).toEqual({ [join(folder, "sub/one")]: files["sub/one"] });
    expect(await verifyFiles(folder, files)).toBeNull();
    writeFileSync(join(folder, "sub/one"), "One");
    expect(await verifyFiles(folder, files)).toBe("sub/one does not match its digest");
    expect(await verifyFiles(folder, { ...files, two: "00" })).toBe("two is missing");
  });
});

describe("readJson", () => {
  it("answers null for a file that is not there or not whole", () => {
    writeAtomically(join(folder, "half.json"), '{"key":');
    expect(readJson(join(folder, "half.json"))).toBeNull();
    expect(readJson(join(folder, "none.json"))).toBeNull();
  });
});
