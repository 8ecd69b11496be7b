import { describe, expect, test } from "vitest";
import { roles } from "../../../roles/index.ts";
import { RoleHarness } from "../../../src/testing/roleHarness.ts";
import { sampleCluster } from "../sampleCluster.ts";
import { catalog, freshMachine, liveCluster, templatesFolder } from "./sample.ts";

const harness = (network = "{}") =>
  new RoleHarness({ cluster: sampleCluster({ network }), catalog, steps: roles, templates: templatesFolder });
const left = (...lines: readonly string[]) => liveCluster({ "kube multus left": lines.map((line) => `${line}\n`).join("") });
const config = (name: string) => `network ${JSON.stringify({ cniVersion: "0.3.1", name, type: "macvlan" })}`;
const machine = (...paths: readonly string[]) => {
  const node = freshMachine("w-1");
  for (const path of paths) node.write(path, "");
  return node;
};
const mark = "/etc/kubernetes/provision/multus";

describe("Multus taken out of the inventory", () => {
  test("goes, but not while pods have interfaces from it", () => {
    expect(harness().check("multus/absent", null, left("there", config("lan")))).toMatchObject({ status: "change" });
    expect(harness().check("multus/absent", null, left("there", "user default/a", config("lan")))).toMatchObject({
      status: "blocked",
      reasons: [{ code: "multus/in-use", seen: "default/a" }],
    });
    expect(harness().check("multus/absent", null, left()).status).toBe("ok");
  });

  test("its configuration goes first, then its objects, then its programs", () => {
    const follows = (id: string) => roles.find((step) => step.id === id)?.after;
    expect(follows("multus/absent")).toContainEqual({ step: "multus/aside", on: "every-node" });
    expect(follows("multus/cleared")).toContain("multus/absent");
  });

  test("lists of addresses of its networks go, those of the pods' own network and of others stay", () => {
    const node = machine(mark, "/etc/cni/net.d/00-multus.conf", "/etc/cni/net.d/01-multus.conf");
    const live = left("there", config("lan"), config("cbr0"), config("../../etc"), "network not JSON");
    expect(harness().check("multus/aside@w-1", node, live)).toMatchObject({
      status: "change",
      changes: [{ target: "/etc/cni/net.d/00-multus.conf" }, { target: "/etc/cni/net.d/01-multus.conf" }],
    });
    const actions = harness().apply("multus/aside@w-1", node, live);
    const [action] = actions;
    const script = action?.kind === "run" ? action.script.text : "";
    expect(script.split("\n").at(-1)).toBe("for n in 'lan'; do rm -rf '/var/lib/cni/networks'/\"$n\"; done; true");
  });

  test("what Cilium renamed before goes too", () => {
    const node = machine(mark, "/etc/cni/net.d/00-multus.conf.cilium_bak");
    expect(harness().check("multus/aside@w-1", node, left("there"))).toMatchObject({
      changes: [{ action: "delete", target: "/etc/cni/net.d/00-multus.conf.cilium_bak" }],
    });
  });

  test("a node that never had it, or has somebody else's, is left alone", () => {
    expect(harness().check("multus/aside@w-1", machine(), left()).status).toBe("ok");
    expect(harness().check("multus/aside@w-1", machine("/etc/cni/net.d/00-multus.conf"), left()).status).toBe("ok");
    expect(harness().check("multus/cleared@w-1", machine(), left()).status).toBe("ok");
    expect(harness().check("multus/cleared@w-1", machine(mark), left()).status).toBe("change");
  });
});
