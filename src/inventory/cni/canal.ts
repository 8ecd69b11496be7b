import { z } from "zod";
import type { CanalSpec } from "../../model/cni/canal.ts";
import { defaultCanal } from "../../model/versions.ts";
import { flannelVxlan } from "../../network/flannel.ts";
import * as f from "../fields.ts";

/** Of an ordinary network. Where machines have another, the inventory says what is left for pods. */
const ethernet = 1500;

export const canalSchema = z.strictObject({
  name: z.literal("canal").describe("flannel's network with Calico's network policies."),
  version: f.version().optional().describe("Calico version.").meta({ defaultNote: defaultCanal.calico }),
  flannel: f.version().optional().describe("flannel version.").meta({ defaultNote: defaultCanal.flannel }),
  backend: z
    .enum(["vxlan", "host-gw"])
    .default("vxlan")
    .describe("vxlan works anywhere; host-gw needs all nodes on one layer 2 network."),
  nftables: z
    .boolean()
    .optional()
    .describe("flannel writes nftables rules instead of iptables ones.")
    .meta({ defaultNote: "true when kube-proxy's mode is nftables" }),
  felixBackend: z
    .enum(["auto", "nft", "legacy"])
    .optional()
    .describe("Which iptables Felix calls.")
    .meta({ defaultNote: "nft when kube-proxy's mode is nftables, auto otherwise" }),
  mtu: z
    .int()
    .min(1280)
    .max(9216)
    .optional()
    .describe("MTU of pods' interfaces.")
    .meta({ defaultNote: `${ethernet - flannelVxlan.overhead} with vxlan, ${ethernet} with host-gw` }),
});

/** Fills in what follows from the rest of the network. */
export const resolveCanal = (
  { version, flannel, nftables, felixBackend, mtu, ...rest }: z.output<typeof canalSchema>,
  kubeProxyMode: string,
): CanalSpec => ({
  ...rest,
  version: version ?? defaultCanal.calico,
  flannel: flannel ?? defaultCanal.flannel,
  nftables: nftables ?? kubeProxyMode === "nftables",
  felixBackend: felixBackend ?? (kubeProxyMode === "nftables" ? "nft" : "auto"),
  mtu: mtu ?? ethernet - (rest.backend === "vxlan" ? flannelVxlan.overhead : 0),
});
