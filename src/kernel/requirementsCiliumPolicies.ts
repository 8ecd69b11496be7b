import { type Feature, optionRows } from "./requirement.ts";

const page = "https://docs.cilium.io/en/stable/operations/system_requirements/";

export const ciliumPolicies: readonly Feature[] = [
  {
    name: "cilium-l7-policy",
    title: "Cilium L7 policy",
    summary: "Policies on layer 7 and by DNS name, through the proxy.",
    requirements: [
      ...optionRows(
        { severity: "error", source: page },
        "NETFILTER_XT_TARGET_TPROXY",
        "NETFILTER_XT_TARGET_MARK",
        "NETFILTER_XT_TARGET_CT",
        "NETFILTER_XT_MATCH_MARK",
      ),
      ...optionRows(
        {
          severity: "warning",
          source: page,
          because: "without it a fallback turns ip_early_demux off",
          hint: "enableXTSocketFallback stays true in network.cni.values",
        },
        "NETFILTER_XT_MATCH_SOCKET",
      ),
    ],
  },
  {
    name: "cilium-egress-gateway",
    title: "Cilium egress",
    summary: "The egress gateway.",
    instead: "set egressGateway.enabled: false in network.cni.values",
    requirements: [
      {
        what: "kernel 5.2",
        severity: "error",
        source: "https://docs.cilium.io/en/v1.15/operations/system_requirements/",
        need: { kernel: "5.2", redhat: "4.18.0-372" },
      },
    ],
  },
  {
    name: "cilium-multicast",
    title: "Cilium multicast",
    summary: "Multicast between pods.",
    requirements: [
      {
        what: "kernel 5.10",
        need: { any: [{ kernel: "6.0" }, { all: [{ machine: ["x86_64"] }, { kernel: "5.10" }] }] },
        severity: "error",
        source: page,
        because: "5.10 on x86_64, 6.0 on others",
      },
    ],
  },
];
