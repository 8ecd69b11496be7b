import { expect, it } from "vitest";
import {
  compareMinors,
  defaultRuntime,
  isAtLeast,
  isVersion,
  kubernetesMinors,
  minorOf,
  newestKubernetes,
} from "../../../src/model/versions.ts";

it.each([
  ["1.36.4", true],
  ["v1.36.4", false],
  ["1.36", false],
  ["1.36.4-rc.1", false],
  ["01.2.3", false],
])("%s is a version: %s", (text, expected) => {
  expect(isVersion(text)).toBe(expected);
});

it("orders minors as numbers", () => {
  expect(["1.10", "1.9", "2.0"].sort(compareMinors)).toEqual(["1.9", "1.10", "2.0"]);
});

it("has defaults that are among the supported pairs", () => {
  for (const row of kubernetesMinors) {
    const known = row.containerd.find((one) => one.series === minorOf(row.defaultContainerd));
    expect(known !== undefined && isAtLeast(row.defaultContainerd, known.first), row.minor).toBe(true);
  }
  expect(kubernetesMinors.map((row) => row.minor)).toContain(minorOf(newestKubernetes));
});

it("gives runc by the containerd that was chosen", () => {
  expect(defaultRuntime("1.36.4")).toEqual({ containerd: "2.3.4", runc: "1.4.3" });
  expect(defaultRuntime("1.36.4", "2.2.9")).toEqual({ containerd: "2.2.9", runc: "1.3.6" });
});
