import { describe, expect, test } from "vitest";
import { judgeIpam } from "../../../roles/calico/judgeIpam.ts";
import { calicoIpamFact } from "../../../src/facts/calicoIpam.ts";
import { FactError } from "../../../src/facts/fact.ts";

const pod = (name: string, address: string, more = "\tfalse\tRunning\t", node = "w-1"): string =>
  `pod\tshop\t${name}\t${node}\t${address}${more}`;
const owner = (name: string, node = "w-1"): string =>
  `{"handle_id":"k8s-pod-network.${name}","secondary":{"namespace":"shop","node":"${node}","pod":"${name}","timestamp":"x"}}`;
const tunnel = (node: string): string => `{"handle_id":"t","secondary":{"node":"${node}","type":"vxlanTunnelAddress"}}`;
const block = (affinity: string, given: readonly (number | null)[], owners: readonly string[]): string =>
  `block\t10.244.7.0/29\t${affinity}\t${JSON.stringify(given)}\t[${owners.join(",")}]`;

const judged = (...lines: readonly string[]) => {
  const ipam = calicoIpamFact.parse({ code: 0, stdout: [...lines, "node\tw-1", "node\tw-2", ""].join("\n") });
  return ipam === null ? expect.fail("no IPAM") : judgeIpam(ipam);
};

describe("the book of addresses", () => {
  test("agrees with pods and tunnels", () => {
    expect(judged(block("host:w-1", [0, 1, null], [tunnel("w-1"), owner("a")]), pod("a", "10.244.7.1"))).toEqual({
      broken: [],
      leaked: [],
      borrowed: [],
    });
  });

  test("an address that counts as free, and one of another pod, may be given away twice", () => {
    const { broken } = judged(block("host:w-1", [0, null], [owner("b")]), pod("a", "10.244.7.1"), pod("c", "10.244.7.0"));
    expect(broken).toEqual(["10.244.7.1 of shop/a counts as free", "10.244.7.0 of shop/c counts as that of shop/b"]);
  });

  test("two pods with one address", () => {
    expect(judged(block("host:w-1", [0], [owner("a")]), pod("a", "10.244.7.0"), pod("b", "10.244.7.0")).broken).toEqual([
      "10.244.7.0 is the address of shop/a and shop/b",
    ]);
  });

  test("what belongs to a pod or node that is gone is leaked", () => {
    expect(judged(block("host:w-1", [0, 1], [owner("gone"), tunnel("w-9")])).leaked).toEqual([
      "10.244.7.0 (shop/gone, which is gone)",
      "10.244.7.1 (tunnel of w-9, which is gone)",
    ]);
  });

  test("what comes from another node's block is borrowed", () => {
    expect(judged(block("host:w-2", [0], [owner("a")]), pod("a", "10.244.7.0")).borrowed).toEqual([
      "10.244.7.0 (used on w-1, from a block of w-2)",
    ]);
  });

  test("pods on their way in or out, on the host's network, ended, or of another network belong to neither side", () => {
    const found = judged(
      block("host:w-1", [0], [owner("new")]),
      pod("new", ""),
      pod("old", "10.244.7.3", "\tfalse\tRunning\t2026-11-21T00:00:00Z"),
      pod("host", "10.244.7.4", "\ttrue\tRunning\t"),
      pod("done", "10.244.7.5", "\tfalse\tSucceeded\t"),
      pod("elsewhere", "192.0.2.1"),
    );
    expect(found).toEqual({ broken: [], leaked: [], borrowed: [] });
  });

  test("a cluster without blocks has no book; what is not understood is said", () => {
    expect(calicoIpamFact.parse({ code: 0, stdout: "" })).toBeNull();
    expect(() => calicoIpamFact.parse({ code: 1, stdout: "no" })).toThrow(FactError);
    expect(() => calicoIpamFact.parse({ code: 0, stdout: "block\t10.244.7.0/29\thost:w-1\tnonsense\t[]\n" })).toThrow(FactError);
  });
});
