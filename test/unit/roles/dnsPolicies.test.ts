import { describe, expect, it } from "vitest";
import { dnsTrouble } from "../../../roles/cluster/dnsPolicies.ts";

const policy = (spec: object, namespace: string | undefined = "shop", kind = "NetworkPolicy") => ({
  kind,
  apiVersion: "networking.k8s.io/v1",
  metadata: { name: "p", ...(namespace === "" ? {} : { namespace }) },
  spec,
});
const all = { podSelector: {}, policyTypes: ["Egress"] };
const dns = { ports: [{ protocol: "UDP", port: 53 }] };

describe("policies that break DNS", () => {
  it.each([
    ["denies all that goes out", policy(all), "NetworkPolicy shop/p allows no pod of shop to ask cluster DNS"],
    ["allows only the web", policy({ ...all, egress: [{ ports: [{ port: 443 }] }] }), /no pod of shop/],
    ["closes DNS itself", policy({ podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }, "kube-system"), /closes port 53/],
    ["closes all of its namespace", policy({ podSelector: {} }, "kube-system"), /closes port 53/],
    [
      "Cilium's own, of the whole cluster",
      policy(
        { endpointSelector: {}, egress: [{ toEntities: ["host"], toPorts: [{ ports: [{ port: "443" }] }] }] },
        "",
        "CiliumClusterwideNetworkPolicy",
      ),
      "CiliumClusterwideNetworkPolicy p allows no pod of any namespace to ask cluster DNS",
    ],
  ])("one that %s", (_name, one, expected) => {
    expect(dnsTrouble([one]).map(({ message }) => message)).toEqual([
      typeof expected === "string" ? expected : expect.stringMatching(expected),
    ]);
  });

  it.each([
    ["allows port 53 beside", [policy(all), policy({ ...all, egress: [dns] })]],
    ["allows a range around it", [policy({ ...all, egress: [{ ports: [{ port: 1, endPort: 1024 }] }] })]],
    ["allows everything to somebody", [policy({ ...all, egress: [{ to: [{ namespaceSelector: {} }] }] })]],
    ["is of some pods", [policy({ podSelector: { matchLabels: { app: "db" } }, policyTypes: ["Egress"] })]],
    ["only closes what comes in", [policy({ podSelector: {} })]],
    ["lets DNS be asked", [policy({ podSelector: { matchLabels: { "k8s-app": "kube-dns" } }, ingress: [dns] }, "kube-system")]],
    [
      "adds rules without closing",
      [
        policy(
          { endpointSelector: {}, enableDefaultDeny: { egress: false }, egress: [{ toPorts: [{ ports: [{ port: "443" }] }] }] },
          "shop",
          "CiliumNetworkPolicy",
        ),
      ],
    ],
    [
      "means nodes",
      [policy({ nodeSelector: {}, egress: [{ toPorts: [{ ports: [{ port: "443" }] }] }] }, "", "CiliumClusterwideNetworkPolicy")],
    ],
  ])("not one that %s", (_name, policies) => {
    expect(dnsTrouble(policies)).toEqual([]);
  });
});
