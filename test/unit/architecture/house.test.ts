import { describe, expect, test } from "vitest";
import { code, read, tracked } from "./tracked.ts";

const limit = 200;
const lines = (name: string): number => read(name).split("\n").length - 1;

const texts = tracked.filter((name) => /\.(ts|js|json|md|yaml|yml|toml|conf|cfg|service|sh|txt|mmd)$|^\.[a-z]+(\/|$)/.test(name));

describe("the house", () => {
  test("no source file is longer than one can read at once", () => {
    const long = [...code("src/"), ...code("roles/"), ...code("test/")].filter((name) => lines(name) > limit);
    expect(long).toEqual([]);
  });

  test("no test is left out, and none shuts the others out", () => {
    const words = /\b(test|it|describe)\.(skip|only|todo|fails)\b|\b(xit|xdescribe|fdescribe)\(/;
    expect(code("test/").filter((name) => !name.startsWith("test/unit/architecture/") && words.test(read(name)))).toEqual([]);
  });

  test("no path of somebody's machine stands in a file", () => {
    const paths = /(?<![\w.@-])\/(home\/(?!(someone|ada|pat|a|cilium|gops)\b)[a-z]\w*|Users\/\w+|work\/\w+)/;
    expect(texts.filter((name) => !name.startsWith("test/unit/architecture/") && paths.test(read(name)))).toEqual([]);
  });

  test("no package registry is named: which one is used is the user's own setting", () => {
    const urls = texts.flatMap((name) =>
      [...read(name).matchAll(/"(?:resolved|registry)":\s*"(https?:[^"]+)"|^registry\s*=\s*(\S+)/gm)].map(
        ([found]) => `${name}: ${found}`,
      ),
    );
    const hosts = new RegExp(
      ["registry\\.npm", "js\\.org|npmmirror|pypi\\.org|proxy\\.golang|artifactory|nexus\\."].join(""),
      "i",
    );
    expect(urls.filter((found) => !found.includes('"registry": "http://10.') && !found.includes("mirror.example"))).toEqual([]);
    expect(texts.filter((name) => !name.startsWith("test/unit/architecture/") && hosts.test(read(name)))).toEqual([]);
  });
});
