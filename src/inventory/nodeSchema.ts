import { z } from "zod";
import * as f from "./fields.ts";

const sshPort = (defaultNote: string) => f.port().optional().describe("TCP port of sshd.").meta({ defaultNote });

/** `from`: whose value counts where a field is left out; null at the top. */
const connection = (from: string | null) => ({
  port: sshPort(from ?? "22"),
  user: f
    .userName()
    .optional()
    .describe("Login name. Anyone but root needs sudo.")
    .meta({ defaultNote: from ?? "root" }),
  identityFile: f
    .path()
    .nullable()
    .optional()
    .describe("Private key file: absolute, from ~, or relative to this inventory; null uses the SSH agent alone.")
    .meta({ defaultNote: from ?? "null" }),
  knownHosts: f
    .path()
    .optional()
    .describe("File with the accepted host keys.")
    .meta({ defaultNote: from ?? "~/.ssh/known_hosts" }),
});

const hostKeys = z
  .array(f.fingerprint())
  .min(1)
  .optional()
  .describe("Accepted host key fingerprints (SHA256:…), instead of the known_hosts file.")
  .meta({ defaultNote: "known_hosts decides" });

const bastion = z
  .union([
    f.jumpHost(),
    z.strictObject({
      host: f.host().describe("Name or address of the jump host."),
      ...connection("as for the machines"),
      port: sshPort("22"),
      hostKeys,
    }),
  ])
  .nullable()
  .optional()
  .describe("Jump host, as host, user@host:port or a mapping; what it does not say it has from the ssh section. null: none.")
  .meta({ defaultNote: "null" });

const sudoPasswordEnv = f
  .envName()
  .nullable()
  .optional()
  .describe("Environment variable that holds the sudo password; null when sudo asks for none.")
  .meta({ defaultNote: "null" });

export const sshSchema = z.strictObject({ ...connection(null), sudoPasswordEnv, bastion });

const nodeSshSchema = z.strictObject({
  host: f
    .host()
    .optional()
    .describe("What SSH connects to, when it is not the node's address.")
    .meta({ defaultNote: "the node's address" }),
  ...connection("the ssh section's"),
  hostKeys,
  sudoPasswordEnv,
  bastion,
});

const taint = z.union([
  z.string().regex(/^[^=:\s]+(=[^=:\s]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/, {
    error: "is not a taint such as dedicated=db:NoSchedule (effects: NoSchedule, PreferNoSchedule, NoExecute)",
  }),
  z.strictObject({
    key: z.string().describe("Taint key, as in dedicated."),
    value: z.string().default("").describe("Taint value."),
    effect: z
      .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"])
      .describe("What happens to pods that do not tolerate the taint."),
  }),
]);

const shared = {
  roles: z
    .array(z.enum(["control-plane", "worker"]))
    .min(1)
    .optional()
    .describe("What the machine does; one machine may do both.")
    .meta({ defaultNote: "[worker]" }),
  labels: z.record(z.string(), z.string()).optional().describe("Node labels.").meta({ defaultNote: "{}" }),
  taints: z.array(taint).optional().describe("Node taints, as key=value:Effect or a mapping.").meta({ defaultNote: "[]" }),
  order: z
    .enum(["default", "edge"])
    .optional()
    .describe("Upgrade group: default nodes go before edge nodes.")
    .meta({ defaultNote: "default" }),
};

export const defaultsSchema = z.strictObject(shared);

export const nodeSchema = z.strictObject({
  name: f.dnsLabel().describe("Name of the machine in Kubernetes and in every message."),
  address: f.nodeAddress().describe("IPv4 address of the machine: what SSH connects to and what the kubelet announces."),
  ...shared,
  ssh: nodeSshSchema
    .optional()
    .describe("How this one machine is reached; wins over the ssh section.")
    .meta({ defaultNote: "the ssh section" }),
});

export type SshInput = z.output<typeof sshSchema>;
export type NodeInput = z.output<typeof nodeSchema>;
export type NodeSshInput = z.output<typeof nodeSshSchema>;
