import { describe, expect, it } from "vitest";
import { change } from "../../../roles/cilium/change.ts";
import { policyTrouble } from "../../../roles/cilium/storedPolicies.ts";
import type { ClusterContext } from "../../../src/role/step.ts";
import { cluster, target } from "./ciliumSample.ts";

const policy = (kind: string, spec: object) => ({
  kind,
  apiVersion: "cilium.io/v2",
  metadata: { name: "p", namespace: "shop" },
  spec,
});
const required = policy("CiliumNetworkPolicy", { ingress: [{ fromRequires: [{ matchLabels: { a: "b" } }] }] });

describe("stored policies before 1.19", () => {
  it.each([
    ["fromRequires", required, ["cilium/policy-requires"], []],
    ["the first BGP", policy("CiliumBGPPeeringPolicy", {}), ["cilium/bgp-policy"], []],
    [
      "**.",
      policy("CiliumNetworkPolicy", { egress: [{ toFQDNs: [{ matchPattern: "**.a.example" }] }] }),
      [],
      ["cilium/policy-pattern"],
    ],
    [
      "**. of a DNS rule",
      policy("CiliumClusterwideNetworkPolicy", { egress: [{ toPorts: [{ rules: { dns: [{ matchPattern: "**.a" }] } }] }] }),
      [],
      ["cilium/policy-pattern"],
    ],
    [
      "Kafka",
      policy("CiliumNetworkPolicy", { ingress: [{ toPorts: [{ rules: { kafka: [{}] } }] }] }),
      [],
      ["cilium/policy-kafka"],
    ],
    ["nothing of it", policy("CiliumNetworkPolicy", { egress: [{ toFQDNs: [{ matchPattern: "*.a" }] }] }), [], []],
  ])("%s", (_name, one, broken, changed) => {
    const found = policyTrouble([one], "1.18", "1.19");
    expect(found.broken.map(({ code }) => code)).toEqual(broken);
    expect(found.changed.map(({ code }) => code)).toEqual(changed);
  });

  it("is not asked on the way back", () => {
    expect(policyTrouble([required], "1.19", "1.18").broken).toEqual([]);
  });
});

const judged = (
  of: ReturnType<typeof cluster>,
  agents: readonly string[],
  config: Record<string, string> = {},
  policies: object[] = [],
) => {
  if (change.scope !== "cluster") throw new Error("not of the cluster");
  const kube = { agents, config, policies };
  return change.check({ ...target(of), kube, api: "up" } as unknown as ClusterContext<Record<string, never>>);
};

describe("a change of a live cluster", () => {
  it("may go one minor up or down, and tells whose defaults it will have", () => {
    const up = cluster("", '{"version": "1.19.5"}');
    expect(judged(up, ["1.18.5"])).toMatchObject({ status: "ok", warnings: [{ code: "cilium/compatibility" }] });
    expect(judged(cluster("", '{"version": "1.19.5", "upgradeCompatibility": "1.18"}'), ["1.18.5"])).toMatchObject({
      warnings: [],
    });
    expect(judged(cluster(), ["1.19.5", "1.18.5"])).toMatchObject({ status: "ok" });
  });

  it("may not skip one, whichever node it is that would", () => {
    expect(judged(cluster("", '{"version": "1.20.0"}'), ["1.19.5", "1.18.5"])).toEqual({
      status: "blocked",
      reasons: [
        {
          code: "cilium/minor-skipped",
          message: "Cilium 1.18.5 runs: 1.20.0 is 2 minors away, and only one at a time is tested",
          hint: "go over 1.19, then 1.20, each with network.cni.version and provision up",
        },
      ],
    });
  });

  it("may not change what all agents must agree on", () => {
    const config = { ipam: "cluster-pool", "routing-mode": "tunnel", "tunnel-protocol": "geneve" };
    expect(judged(cluster(), ["1.18.5"], config)).toMatchObject({
      status: "blocked",
      reasons: [
        { message: expect.stringContaining("ipam cluster-pool") },
        { message: expect.stringContaining("tunnel-protocol geneve") },
      ],
    });
  });

  it("stops before a policy that the new version refuses", () => {
    expect(judged(cluster("", '{"version": "1.19.5"}'), ["1.18.5"], {}, [required])).toMatchObject({
      status: "blocked",
      reasons: [{ message: "CiliumNetworkPolicy shop/p uses fromRequires or toRequires, which 1.19 refuses" }],
    });
  });
});
