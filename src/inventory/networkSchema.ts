import { z } from "zod";
import { calicoSchema } from "./cni/calico.ts";
import { canalSchema } from "./cni/canal.ts";
import { ciliumSchema } from "./cni/cilium.ts";
import { flannelSchema } from "./cni/flannel.ts";
import * as f from "./fields.ts";
import { multusSchema } from "./multus.ts";

const cni = z.discriminatedUnion("name", [
  flannelSchema,
  canalSchema,
  calicoSchema,
  ciliumSchema,
  z.strictObject({ name: z.literal("none").describe("Install no network; nodes stay NotReady until you bring one.") }),
]);

const conntrackLimit = (what: string) => z.int().min(0).max(4_194_304).nullable().default(null).describe(what);

const period = (what: string) => f.duration().nullable().default(null).describe(what);

export const network = z.strictObject({
  pods: f.cidr().default("10.244.0.0/16").describe("Addresses of pods; every node takes a /24 of it."),
  services: f.cidr().default("10.96.0.0/16").describe("Addresses of services; between /12 and /28."),
  dnsDomain: f.dnsName().default("cluster.local").describe("DNS domain of services."),
  cni: cni.prefault({ name: "flannel" }).describe("Pod network."),
  multus: multusSchema.nullable().default(null).describe("More interfaces for pods, beside the pod network's; null: one."),
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
          tcpBeLiberal: z
            .boolean()
            .default(false)
            .describe("Packets outside a connection's window do not break it: for kernels before 6.1 in mode nftables."),
        })
        .prefault({})
        .describe("Connection tracking."),
      localhostNodePorts: z
        .boolean()
        .nullable()
        .default(null)
        .describe("NodePorts on 127.0.0.1, which only mode iptables has; null keeps kube-proxy's default, yes."),
      masqueradeAll: z.boolean().default(false).describe("All traffic to services leaves with the node's address."),
      masqueradeBit: z
        .int()
        .min(0)
        .max(31)
        .nullable()
        .default(null)
        .describe("Bit of the firewall mark kube-proxy sets; null keeps its default, 14. Whoever else uses marks must avoid it."),
      syncPeriod: period("How often the rules are compared with what they should be; null keeps kube-proxy's default."),
      minSyncPeriod: period("Least time between two writes of rules; null keeps kube-proxy's default."),
      ipvs: z
        .strictObject({
          scheduler: z
            .enum(["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "dh", "sed", "nq", "mh"])
            .nullable()
            .default(null)
            .describe("How endpoints are chosen; null keeps kube-proxy's default, rr."),
          strictARP: z
            .boolean()
            .default(false)
            .describe("Answer ARP only for an interface's own addresses; MetalLB in layer 2 needs it."),
        })
        .prefault({})
        .describe("Only for mode ipvs."),
    })
    .prefault({})
    .describe("Service proxy."),
});
