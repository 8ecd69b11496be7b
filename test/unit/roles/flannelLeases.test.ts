import { describe, expect, test } from "vitest";
import { leaseProblems } from "../../../roles/flannel/leaseProblems.ts";
import { flannelNodeFact, leasesFact } from "../../../src/facts/flannel.ts";
import { flannelOn, freshMachine, harness, inventory, liveCluster } from "./sample.ts";

const leases = leasesFact.parse({
  code: 0,
  stdout: [
    'cp-1|10.244.0.0/24|vxlan|10.77.0.11|{"VNI":1,"VtepMAC":"0a:00:00:00:00:00"}',
    'w-1|10.244.1.0/24|vxlan|10.77.0.21|{"VNI":1,"VtepMAC":"0A:00:00:00:00:01"}',
    'w-2|10.244.2.0/24|vxlan|10.77.0.22|{"VNI":1,"VtepMAC":"0a:00:00:00:00:02"}',
    "new|||||",
    "",
  ].join("\n"),
});
const seenBy = (text: string) => flannelNodeFact.parse({ code: 0, stdout: text });
const whole = flannelOn("w-1").stdout;
const without = (part: RegExp): string =>
  whole
    .split("\n")
    .filter((line) => !part.test(line))
    .join("\n");

describe("what flannel has made of a node", () => {
  test("nothing is missing where every other node with a lease is known; one that has none yet is not asked for", () => {
    expect(leaseProblems("w-1", seenBy(whole), leases, "vxlan")).toEqual([]);
  });

  test("a subnet that is not the one Kubernetes gave the node", () => {
    const text = whole.replace("subnet 10.244.1.1/24", "subnet 10.244.9.1/24");
    expect(leaseProblems("w-1", seenBy(text), leases, "vxlan")).toEqual([
      { of: "subnet", why: "flannel has 10.244.9.1/24, Kubernetes gave the node 10.244.1.0/24" },
    ]);
  });

  test.each([
    ["route", /^route 10\.244\.2/, "no route to 10.244.2.0/24 through flannel.1"],
    ["neighbour", /^neigh 10\.244\.2/, "10.244.2.0 is nobody, not 0a:00:00:00:00:02"],
    ["forwarding entry", /^fdb 0a:00:00:00:00:02/, "0a:00:00:00:00:02 is sent to nobody, not to 10.77.0.22"],
  ])("a peer without its %s is named", (_what, part, why) => {
    expect(leaseProblems("w-1", seenBy(without(part)), leases, "vxlan")).toEqual([{ of: "vxlan peer w-2", why }]);
  });

  test("an entry of a machine that was replaced is wrong, not only a missing one", () => {
    const text = whole.replace("dst 10.77.0.22", "dst 10.77.0.99");
    expect(leaseProblems("w-1", seenBy(text), leases, "vxlan")).toMatchObject([{ why: expect.stringContaining("10.77.0.99") }]);
  });

  test("host-gw wants a route through the other machine, and nothing of flannel.1", () => {
    const plain = leases.map((lease) => ({ ...lease, backend: lease.backend && "host-gw" }));
    const text = ["subnet 10.244.1.1/24", "route 10.244.0.0/24 via 10.77.0.11 dev eth0 ", ""].join("\n");
    expect(leaseProblems("w-1", seenBy(text), plain, "host-gw")).toEqual([
      { of: "host-gw peer w-2", why: "the route to 10.244.2.0/24 is not there, not via 10.77.0.22" },
    ]);
  });

  test("the step tells it, and waits with what the cluster says now", () => {
    const lab = harness(inventory("lab"));
    const node = freshMachine("w-1");
    expect(lab.check("flannel/peers@w-1", node, liveCluster()).status).toBe("ok");
    const moved = liveCluster({
      "kube flannel leases":
        'w-1|10.244.1.0/24|vxlan|10.77.0.21|{}\nw-2|10.244.2.0/24|vxlan|10.77.0.42|{"VtepMAC":"0a:00:00:00:00:02"}\n',
    });
    expect(lab.check("flannel/peers@w-1", node, moved)).toMatchObject({ changes: [{ target: "vxlan peer w-2" }] });
    const [wait] = lab.apply("flannel/peers@w-1", node, moved);
    const told = wait?.kind === "wait" ? wait.condition.unmet({ code: 0, stdout: whole, stderr: "" }) : "";
    expect(told).toBe("vxlan peer w-2: 0a:00:00:00:00:02 is sent to 10.77.0.22, not to 10.77.0.42");
  });
});
