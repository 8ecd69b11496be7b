import { describe, expect, test } from "vitest";
import { allChecks, checkNames } from "../../../src/cli/preflightChecks.ts";
import { read } from "../architecture/tracked.ts";

const page = read("docs/preflight.md");
const told = [...page.matchAll(/^\| `([a-z-]+\/[a-z0-9-]+)` \|/gm)].map(([, name]) => name ?? "");

describe("names of checks", () => {
  test("docs/preflight.md lists every one, and no other", () => {
    expect([...told].sort()).toEqual([...checkNames].sort());
  });

  test("are each of one check alone", () => {
    expect(checkNames.filter((name, index) => checkNames.indexOf(name) !== index)).toEqual([]);
  });

  test("can stand in preflight.allow; titles fit their column", () => {
    expect(checkNames.filter((name) => !/^[a-z0-9-]+\/[a-z0-9-]+$/.test(name))).toEqual([]);
    expect([...allChecks.node, ...allChecks.fleet].filter(({ title }) => title.length > 20).map(({ name }) => name)).toEqual([]);
  });
});
