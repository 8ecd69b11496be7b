import { z } from "zod";
import type { FlannelSpec } from "../../model/cni/flannel.ts";
import { defaultFlannel } from "../../model/versions.ts";
import * as f from "../fields.ts";

export const flannelSchema = z.strictObject({
  name: z.literal("flannel").describe("Simple overlay network, without network policies."),
  version: f.version().optional().describe("flannel version.").meta({ defaultNote: defaultFlannel }),
  backend: z
    .enum(["vxlan", "host-gw"])
    .default("vxlan")
    .describe("vxlan works anywhere; host-gw needs all nodes on one layer 2 network."),
  nftables: z
    .boolean()
    .optional()
    .describe("Write nftables rules instead of iptables ones.")
    .meta({ defaultNote: "true when kube-proxy's mode is nftables" }),
});

/** Fills in what follows from the rest of the network. */
export const resolveFlannel = (
  { name, backend, version = defaultFlannel, nftables }: z.output<typeof flannelSchema>,
  kubeProxyMode: string,
): FlannelSpec => ({ name, version, backend, nftables: nftables ?? kubeProxyMode === "nftables" });
