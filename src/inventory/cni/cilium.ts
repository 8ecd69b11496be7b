import { z } from "zod";
import type { CiliumSpec } from "../../model/cni/cilium.ts";
import { defaultCilium } from "../../model/versions.ts";
import * as f from "../fields.ts";

export const ciliumSchema = z.strictObject({
  name: z.literal("cilium").describe("eBPF network with policies, from its own chart."),
  version: f.version().optional().describe("Cilium version.").meta({ defaultNote: defaultCilium }),
  kubeProxyReplacement: z
    .boolean()
    .optional()
    .describe("Cilium programs services itself; needs kubeProxy.mode: none.")
    .meta({ defaultNote: "true when kube-proxy's mode is none" }),
  routing: z
    .enum(["vxlan", "geneve", "native"])
    .default("vxlan")
    .describe("A tunnel between nodes, or native: the nodes' own routes, which need all of them on one layer 2 network."),
  ipam: z
    .enum(["kubernetes", "cluster-pool"])
    .default("kubernetes")
    .describe("Who gives each node its pods' addresses: Kubernetes, or Cilium's operator. Cannot be changed later."),
  hubble: z
    .strictObject({
      enabled: z.boolean().default(false).describe("Agents keep the flows they see, for hubble observe on a node."),
      relay: z.boolean().default(false).describe("One Deployment that answers for all nodes."),
      tls: z
        .boolean()
        .default(true)
        .describe("Certificates between agents and the relay, made by Cilium's certgen; false sends flows in the clear."),
    })
    .prefault({})
    .describe("Cilium's view of flows."),
  upgradeCompatibility: z
    .string()
    .regex(/^1\.\d{1,2}$/, { error: "is not a minor such as 1.18" })
    .nullable()
    .default(null)
    .describe("Minor of Cilium the cluster was first installed with: the chart keeps its defaults. Quote it."),
  values: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("Further values of the chart, merged over those this tool makes; keys the chart does not know are errors."),
});

/** Fills in what follows from the rest of the network. */
export const resolveCilium = (
  { version = defaultCilium, kubeProxyReplacement, ...rest }: z.output<typeof ciliumSchema>,
  kubeProxyMode: string,
): CiliumSpec => ({ ...rest, version, kubeProxyReplacement: kubeProxyReplacement ?? kubeProxyMode === "none" });
