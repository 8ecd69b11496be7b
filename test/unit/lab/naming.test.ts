import { describe, expect, it } from "vitest";
import {
  bridgeName,
  checkLabName,
  controllerAddress,
  hardwareAddress,
  nodeSpec,
  objectName,
  parseVersions,
  topologyNodes,
} from "../../lab/naming.ts";

const first = { name: "lab", number: 0 };
const other = { name: "t1", number: 7 };

describe("names and addresses of a lab", () => {
  it("keep two labs apart", () => {
    expect([bridgeName(first), controllerAddress(first), objectName(first, "cp-1")]).toEqual([
      "labbr0",
      "10.77.0.254",
      "lab0-cp-1",
    ]);
    expect([bridgeName(other), controllerAddress(other), objectName(other, "cp-1")]).toEqual([
      "labbr7",
      "10.77.7.254",
      "lab7-cp-1",
    ]);
  });

  it("give control planes .11 on and workers .21 on", () => {
    expect(topologyNodes(other, { controlPlanes: 2, workers: 1 })).toEqual([
      { name: "cp-1", role: "control-plane", address: "10.77.7.11" },
      { name: "cp-2", role: "control-plane", address: "10.77.7.12" },
      { name: "w-1", role: "worker", address: "10.77.7.21" },
    ]);
  });

  it("never let a control plane take a worker's address", () => {
    expect(nodeSpec(first, "control-plane", 9).address).toBe("10.77.0.19");
    expect(() => nodeSpec(first, "control-plane", 10)).toThrow("at most 9");
    expect(() => nodeSpec(first, "worker", 231)).toThrow("at most 230");
    expect(() => nodeSpec(first, "worker", 0)).toThrow("at most 230");
  });

  it("fit an interface name", () => {
    expect(() => objectName({ name: "x", number: 250 }, "control-plane")).toThrow("too long");
    expect(() => objectName(first, "a;reboot")).toThrow("odd");
  });

  it("have a hardware address that follows from the address", () => {
    expect(hardwareAddress("10.77.0.21")).toBe("02:6c:0a:4d:00:15");
  });

  it("refuse a lab name that a path or an interface could not hold", () => {
    for (const bad of ["", "../lab", "Lab", "1lab", "a b", "x".repeat(32)])
      expect(() => checkLabName(bad)).toThrow("no lab name");
    expect(checkLabName("t-1")).toBe("t-1");
  });
});

describe("parseVersions", () => {
  it("takes lists and repeats, each version once, in order", () => {
    expect(parseVersions(["1.36.4,v1.35.4", "1.36.4"])).toEqual(["1.36.4", "1.35.4"]);
  });

  it("refuses what is no version", () => {
    expect(() => parseVersions(["latest"])).toThrow('"latest" is no Kubernetes version');
    expect(() => parseVersions(["1.36"])).toThrow("1.36.4");
  });
});
