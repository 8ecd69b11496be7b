import { z } from "zod";
import { calicoSchema } from "./cni/calico.ts";
import { canalSchema } from "./cni/canal.ts";
import { ciliumSchema } from "./cni/cilium.ts";
import { flannelSchema } from "./cni/flannel.ts";
import * as f from "./fields.ts";

const cni = z.discriminatedUnion("name", [
  flannelSchema,
  canalSchema,
  calicoSchema,
  ciliumSchema,
  z.strictObject({ name: z.literal("none").describe("Install no network; nodes stay NotReady until you bring one.") }),
]);

const conntrackLimit = (what: string) => z.int().min(0).max(4_194_304).nullable().default(null).describe(what);

export const network = z.strictObject({
  pods: f.cidr().default("10.244.0.0/16").describe("Addresses of pods; every node takes a /24 of it."),
  services: f.cidr().default("10.96.0.0/16").describe("Addresses of services; between /12 and /28."),
  dnsDomain: f.dnsName().default("cluster.local").describe("DNS domain of services."),
  cni: cni.prefault({ name: "flannel" }).describe("Pod network."),
  kubeProxy: z
    .strictObject({
      mode: z
        .enum(["nftables", "iptables", "ipvs", "none"])
        .default("nftables")
        .describe("How services are programmed; ipvs is deprecated since Kubernetes 1.35, none leaves them to Cilium."),
      nodePortAddresses: z
        .array(f.nodePortAddress())
        .default([])
        .describe("Networks whose local addresses serve NodePorts, or primary; empty keeps kube-proxy's default for its mode."),
      conntrack: z
        .strictObject({
          maxPerCore: conntrackLimit(
            "Connection tracking entries per CPU core; 0 leaves the kernel's value, null kube-proxy's default.",
          ),
          min: conntrackLimit(
            "Least number of connection tracking entries; 0 leaves the kernel's value, null kube-proxy's default.",
          ),
        })
        .prefault({})
        .describe("Limits of connection tracking."),
    })
    .prefault({})
    .describe("Service proxy."),
});
