import { z } from "zod";
import { jsonOrNull } from "../model/jsonOrNull.ts";
import { type MultusSpec, type NetworkAttachment, pluginTypes } from "../model/multus.ts";
import { defaultMultus } from "../model/versions.ts";
import * as f from "./fields.ts";

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** CNI configuration: an object, or its JSON as text. Source of its parts: containernetworking/cni SPEC.md, "Configuration format". */
const cniConfig = z
  .union([z.string(), z.record(z.string(), z.unknown())])
  .transform((given, context): Record<string, unknown> => {
    const bad = (message: string): never => {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    };
    const config = typeof given === "string" ? jsonOrNull(given) : given;
    if (!isObject(config)) return bad("is not a JSON object");
    const types = Array.isArray(config.plugins) ? config.plugins.map((one) => (isObject(one) ? one.type : null)) : [config.type];
    if (types.length === 0 || !types.every((type) => typeof type === "string" && /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(type)))
      return bad('says no plug-in: write type: macvlan, or plugins: a list of objects with a "type"');
    if (config.name !== undefined && !(typeof config.name === "string" && /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(config.name)))
      return bad("has a name that is not letters, digits, dots, hyphens and underscores");
    return config;
  });

const attachment = z.strictObject({
  name: f.dnsName().describe("Name of the NetworkAttachmentDefinition, which pods ask for."),
  namespace: f.dnsLabel().default("default").describe("Its namespace; one that is not there is made."),
  config: cniConfig.describe("CNI configuration, as an object or as JSON text; name and cniVersion are filled in."),
});

export const multusSchema = z.strictObject({
  version: f.version().optional().describe("Multus version.").meta({ defaultNote: defaultMultus }),
  kind: z
    .enum(["thick", "thin"])
    .default("thick")
    .describe("thick: a daemon on each node does the work; thin: the plug-in does it by itself, with a kubeconfig on the node."),
  memory: z
    .string()
    .regex(/^[1-9]\d{0,9}(Ki|Mi|Gi|k|M|G)?$/, { error: "is not a size such as 128Mi" })
    .nullable()
    .default(null)
    .describe("Memory request and limit of its container, such as 128Mi; null keeps the release's own (50Mi)."),
  logLevel: z.enum(["debug", "verbose", "error", "panic"]).default("verbose").describe("How much it logs."),
  namespaceIsolation: z
    .boolean()
    .default(false)
    .describe("Pods may use definitions of their own namespace and of default alone."),
  readinessIndicatorFile: z
    .string()
    .regex(/^\/[A-Za-z0-9_./-]+$/, { error: "is not an absolute path of letters, digits, dots, hyphens and underscores" })
    .nullable()
    .default(null)
    .describe("File of a node that says that the default network is there; null: the CNI's own in /etc/cni/net.d."),
  reinstall: z.boolean().default(false).describe("true lets kind change on a live cluster, which is another installation."),
  attachments: z
    .array(attachment)
    .max(500)
    .default([])
    .describe("NetworkAttachmentDefinitions; those taken out of this list are deleted."),
  probe: z
    .strictObject({
      kind: z
        .enum(["macvlan", "attach", "none"])
        .optional()
        .describe("macvlan: reached from node to node; attach: only that it arrives; none: not tried.")
        .meta({ defaultNote: "macvlan when an attachment is of that type, else attach" }),
      master: z
        .string()
        // Linux IFNAMSIZ, include/uapi/linux/if.h: 15 characters, no slash, no space.
        .regex(/^[A-Za-z0-9_.:@-]{1,15}$/, { error: "is not the name of an interface" })
        .optional()
        .describe("Interface of the nodes it stands on.")
        .meta({ defaultNote: "that of the first macvlan attachment, else the one with the default route" }),
    })
    .prefault({})
    .describe("How up and verify --connectivity try a second interface on every node."),
});

/** Fills in what follows from the attachments. null: no Multus. */
export function resolveMultus(input: z.output<typeof multusSchema> | null): MultusSpec | null {
  if (input === null) return null;
  const { version = defaultMultus, attachments, probe, ...rest } = input;
  const made = attachments.map(({ name, namespace, config }): NetworkAttachment => {
    const { cniVersion = "0.3.1", name: own = name, ...plugin } = config;
    return { name, namespace, config: JSON.stringify({ cniVersion, name: own, ...plugin }) };
  });
  const macvlan = made.find((one) => pluginTypes(one).includes("macvlan"));
  const kind = probe.kind ?? (macvlan === undefined ? "attach" : "macvlan");
  return {
    version,
    ...rest,
    attachments: made,
    probe: kind === "macvlan" ? { kind, master: probe.master ?? (macvlan === undefined ? null : masterOf(macvlan)) } : { kind },
  };
}

/** The node's interface a macvlan stands on; null: it names none. */
function masterOf({ config }: NetworkAttachment): string | null {
  const { plugins, ...single } = JSON.parse(config) as { plugins?: readonly Record<string, unknown>[] } & Record<string, unknown>;
  const master = (plugins ?? [single]).find(({ type }) => type === "macvlan")?.master;
  return typeof master === "string" && master !== "" ? master : null;
}
