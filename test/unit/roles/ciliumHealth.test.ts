import { describe, expect, it } from "vitest";
import { fullMaps, statusTrouble } from "../../../roles/cilium/health.ts";
import { parseCiliumHealth, parseCiliumStatus } from "../../../src/facts/cilium.ts";
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

  it("tells a pod address that is not reached, and takes HTTP where ICMP is filtered", () => {
    const path = (ip: string, icmp: string, http: string) => ({
      ip,
      icmp: { status: icmp },
      http: { status: http, latency: 2e6 },
    });
    const text = JSON.stringify({
      nodes: [
        {
          name: "default/w-1",
          host: { "primary-address": path("10.0.0.1", "timeout", "") },
          "health-endpoint": { "primary-address": path("10.244.1.9", "timeout", "connection timed out") },
        },
      ],
    });
    expect(parseCiliumHealth(text)).toEqual([
      { node: "w-1", what: "node", trouble: "", latency: 0.002 },
      { node: "w-1", what: "pod", trouble: "connection timed out", latency: 0 },
    ]);
  });
});
