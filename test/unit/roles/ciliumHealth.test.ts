import { describe, expect, it } from "vitest";
import { fullMaps, reachTrouble, statusTrouble } from "../../../roles/cilium/health.ts";
import { parseCiliumStatus } from "../../../src/facts/cilium.ts";
import { cluster } from "./ciliumSample.ts";

const well = {
  cilium: { state: "Ok", msg: "1.18.5" },
  kubernetes: { state: "Ok" },
  kvstore: { state: "Disabled" },
  "cni-file": { state: "Ok" },
  "kube-proxy-replacement": { mode: "False" },
  ipam: { ipv4: ["10.244.0.5"] },
  controllers: [{ name: "sync", status: { "consecutive-failure-count": 1, "last-failure-msg": "once" } }],
};
const troubleOf = (more: object): string | null => {
  const status = parseCiliumStatus(JSON.stringify({ ...well, ...more }));
  if (status === null) throw new Error("not understood");
  return statusTrouble(status, cluster().network.cni);
};

describe("an agent's status", () => {
  it.each([
    ["all is well, a controller failed once", {}, null],
    ["it warns", { cilium: { state: "Warning", msg: "Node IP is missing" } }, "agent: Warning Node IP is missing"],
    ["the API is away", { kubernetes: { state: "Failure", msg: "timeout" } }, "Kubernetes: Failure timeout"],
    ["it does kube-proxy's work", { "kube-proxy-replacement": { mode: "True" } }, "it replaces kube-proxy: True"],
    ["it has no addresses", { ipam: { ipv4: [] } }, "it has no pod addresses"],
    [
      "a controller goes on failing",
      { controllers: [{ name: "bpf-map-sync", status: { "consecutive-failure-count": 9, "last-failure-msg": "no space" } }] },
      "controller bpf-map-sync failed 9 times in a row: no space",
    ],
    ["a probe is old", { stale: { kubernetes: "2026-01-01" } }, "it has not looked for long at: kubernetes"],
  ])("%s", (_name, more, expected) => {
    expect(troubleOf(more)).toBe(expected);
  });

  it("that is not JSON, or another thing, is not understood", () => {
    expect(parseCiliumStatus("Cannot connect to the agent")).toBeNull();
    expect(parseCiliumStatus("[]")).toBeNull();
  });

  it("names the maps that are nearly full", () => {
    const rows = [
      { name: "cilium_bpf_map_pressure", value: 0.93, labels: { map_name: "ct4_global" } },
      { name: "cilium_bpf_map_pressure", value: 0.02, labels: { map_name: "lb4_services" } },
    ];
    expect(fullMaps(`${JSON.stringify(rows)}\n`)).toEqual(["ct4_global is 93 % full"]);
    expect(fullMaps("no metrics here")).toEqual([]);
  });

  it("tells what is not reached, and whom the agent does not know", () => {
    const said = "yes cp-1\nyes cp-1\nyes default/w-1\nno default/w-1 pod 10.244.1.9\n";
    expect(reachTrouble(said, ["cp-1", "w-1"])).toBe("pod w-1 (10.244.1.9:4240) does not answer");
    expect(reachTrouble(said.split("\n").slice(0, 3).join("\n"), ["cp-1", "w-1"])).toBeNull();
    expect(reachTrouble("yes cp-1", ["cp-1", "w-1"])).toBe("its agent does not know w-1");
  });
});
