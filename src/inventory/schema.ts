import { z } from "zod";
import { defaultCniPlugins } from "../model/versions.ts";
import * as f from "./fields.ts";
import { images } from "./imagesSchema.ts";
import { network } from "./networkSchema.ts";
import { defaultsSchema, nodeSchema, sshSchema } from "./nodeSchema.ts";
import { observability } from "./retina.ts";

const kubernetes = z.strictObject({
  version: f.version().describe("Kubernetes version, without a v."),
  ignorePreflightErrors: z
    .array(z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/, { error: "is not the name of a kubeadm preflight check" }))
    .default([])
    .describe("kubeadm preflight errors to waive, by name, e.g. SystemVerification."),
});

const endpoint = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("node-local").describe("A proxy on every node's loopback knows all control planes; no load balancer needed."),
    port: f.port().default(7443).describe("Port of the proxy on 127.0.0.1 of every node."),
  }),
  z.strictObject({
    kind: z.literal("external").describe("A load balancer or DNS name of yours in front of the control planes."),
    host: f.host().describe("Name or address of the load balancer."),
    port: f.port().default(6443).describe("Port of the load balancer."),
  }),
]);

const artifacts = z.discriminatedUnion("from", [
  z.strictObject({ from: z.literal("official").describe("Official releases, with the built-in catalog's digests.") }),
  z.strictObject({
    from: z.literal("mirror").describe("Your own mirror, with a catalog of its own digests."),
    url: f.url().describe("Base of the catalog's relative file URLs."),
    catalog: f
      .pathOrUrl()
      .optional()
      .describe("Catalog file (relative to this inventory) or URL.")
      .meta({ defaultNote: "url, then /catalog.json" }),
    catalogSha256: f
      .sha256()
      .nullable()
      .default(null)
      .describe("SHA-256 the catalog must have; say it when the catalog comes over plain http."),
    registry: f.registryUrl().nullable().default(null).describe("Registry that is asked instead of every upstream registry."),
    delivery: z
      .enum(["controller", "node"])
      .default("controller")
      .describe("Who fetches binaries: this machine, which ships them over SSH, or each node by itself (needs curl there)."),
  }),
]);

const containerd = z.strictObject({
  version: f
    .version()
    .optional()
    .describe("containerd version.")
    .meta({ defaultNote: "newest tested with the Kubernetes version" }),
  runc: f.version().optional().describe("runc version.").meta({ defaultNote: "the one containerd is tested with" }),
  cniPlugins: f.version().default(defaultCniPlugins).describe("Version of the CNI reference plug-ins."),
  restrictOomScoreAdj: z.boolean().default(false).describe("For hosts whose root lacks CAP_SYS_RESOURCE."),
});

const evictionHard = z.strictObject(
  Object.fromEntries(
    ["memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree", "pid.available"].map(
      (signal) => [
        signal,
        f
          .threshold()
          .optional()
          .describe(`Evict pods when ${signal} falls below this size or share.`)
          .meta({ defaultNote: "kubelet's" }),
      ],
    ),
  ),
);

const kubelet = z.strictObject({
  failCgroupV1: z.boolean().default(true).describe("false lets kubelet 1.35 and newer run on cgroup v1."),
  evictionHard: evictionHard.prefault({}).describe("Hard eviction thresholds; when any is set, only those set apply."),
  maxPods: z.int().min(1).max(1000).default(110).describe("Most pods on a node."),
});

const os = z.strictObject({
  distributions: z
    .enum(["known", "any"])
    .default("known")
    .describe("known refuses distributions that are not in the tested list; any takes them, with a warning."),
  swap: z
    .enum(["refuse", "disable"])
    .default("refuse")
    .describe("refuse stops when swap is on; disable turns it off and keeps it off."),
  sysctls: z
    .record(
      z.string().regex(/^[a-z0-9_]+([./][A-Za-z0-9_-]+)+$/, { error: "is not the name of a sysctl such as vm.max_map_count" }),
      f.sysctlValue(),
    )
    .default({})
    .describe("Extra sysctls, on top of what Kubernetes needs."),
});

const security = z.strictObject({
  encryptSecrets: z.boolean().default(true).describe("Encrypt Secrets at rest in etcd."),
  auditLog: z.boolean().default(true).describe("Write an audit log on control planes."),
  podSecurity: z
    .enum(["privileged", "baseline", "restricted"])
    .default("baseline")
    .describe("Pod Security Standard enforced where a namespace sets none."),
});

const upgrade = z.strictObject({
  window: f
    .window()
    .default(1)
    .describe("How many workers may be out of service at once: a number, or a share of the group such as 25%."),
  drain: z
    .strictObject({ timeout: f.duration().default("10m").describe("How long evictions may take on one node.") })
    .prefault({})
    .describe("Emptying a node before it is changed."),
  pause: z
    .enum(["never", "each-node", "each-group"])
    .default("never")
    .describe("When to ask before going on; where nobody can be asked, upgrade stops there."),
  hooks: z
    .strictObject({
      before: f
        .command()
        .nullable()
        .default(null)
        .describe("Shell command, run here before a node's turn; when it fails, the node is not touched."),
      after: f
        .command()
        .nullable()
        .default(null)
        .describe("Shell command, run here when the node is back in service; when it fails, no further node's turn comes."),
      timeout: f.duration().default("10m").describe("How long one of them may take."),
    })
    .prefault({})
    .describe("Commands of yours around each node's turn, with NODE, PHASE, FROM and TO in the environment."),
});

const backup = z.strictObject({
  age: z
    .array(f.ageRecipient())
    .default([])
    .describe("Recipients (age1…) every backup is encrypted for; none: it is as readable as the folder it lies in."),
  keep: z.int().min(1).max(1000).default(5).describe("How many backups stay; older ones go when a new one has been made."),
});

const preflight = z.strictObject({
  allow: z
    .array(
      z.strictObject({
        check: z
          .string()
          .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, { error: "is not the name of a check, such as host/swap" })
          .describe("Name of the check, as preflight shows it."),
        node: z.string().min(1).default("*").describe("Name of the node, or * for all."),
        reason: z.string().min(1).max(200).describe("Why it is all right here; every report shows it."),
      }),
    )
    .default([])
    .describe("Checks whose no does not block."),
});

/** An inventory as a user writes it, static defaults filled in. Defaults that depend on other fields are `resolveCluster`'s. */
export const inventorySchema = z.strictObject({
  apiVersion: z.literal("provision/v1").describe("Version of this format."),
  name: f.dnsLabel().describe("Name of the cluster; also of its kubeconfig context."),
  kubernetes: kubernetes.describe("Kubernetes itself."),
  network: network.prefault({}).describe("Addresses, pod network and service proxy."),
  observability: observability.prefault({}).describe("What looks at the network."),
  endpoint: endpoint.prefault({ kind: "node-local" }).describe("How nodes reach the API servers."),
  images: images.prefault({}).describe("Container images."),
  artifacts: artifacts.prefault({ from: "official" }).describe("Where binaries, images and manifests come from."),
  containerd: containerd.prefault({}).describe("Container runtime."),
  kubelet: kubelet.prefault({}).describe("Settings of the kubelet on every node."),
  os: os.prefault({}).describe("Settings of the operating system."),
  security: security.prefault({}).describe("Security defaults of the cluster."),
  upgrade: upgrade.prefault({}).describe("How upgrades go from node to node."),
  backup: backup.prefault({}).describe("Backups of the cluster's state, which every upgrade begins with."),
  preflight: preflight.prefault({}).describe("Checks of the machines before anything is touched."),
  ssh: sshSchema.prefault({}).describe("How machines are reached, unless a node says otherwise."),
  defaults: defaultsSchema.prefault({}).describe("Values for every node that does not set its own; labels are merged."),
  nodes: z.array(nodeSchema).min(1, { error: "is an empty list; name at least one machine" }).max(1000).describe("The machines."),
});

export type InventoryInput = z.output<typeof inventorySchema>;

/** Names that a later version will know, by path: they get "not yet" instead of "unknown". */
export const planned: Readonly<Record<string, readonly string[]>> = {
  "endpoint.kind": ["kube-vip"],
  "artifacts.from": ["bundle"],
};
