import { z } from "zod";
import { jsonOrNull } from "../model/jsonOrNull.ts";

const state = z.object({ state: z.string().default("") }).optional();

/** What `cilium-dbg status -o json` says, as far as this tool asks. Read leniently: names differ between minors. */
const statusSchema = z.object({
  cilium: z.object({ state: z.string(), msg: z.string().default("") }),
  kubernetes: z.object({ state: z.string(), msg: z.string().default("") }).optional(),
  kvstore: state,
  "cni-file": state,
  cluster: z.object({ ciliumHealth: state }).optional(),
  controllers: z
    .array(
      z.object({
        name: z.string().default(""),
        status: z
          .object({
            "consecutive-failure-count": z.number().default(0),
            "last-failure-msg": z.string().default(""),
          })
          .default({ "consecutive-failure-count": 0, "last-failure-msg": "" }),
      }),
    )
    .nullish()
    .transform((list) => list ?? []),
  "kube-proxy-replacement": z.object({ mode: z.string().default("") }).optional(),
  ipam: z.object({ status: z.string().default(""), ipv4: z.array(z.string()).nullish() }).optional(),
  stale: z.record(z.string(), z.unknown()).nullish(),
});
export type CiliumStatus = z.infer<typeof statusSchema>;

/** null: it is not understood. */
export function parseCiliumStatus(text: string): CiliumStatus | null {
  const parsed = statusSchema.safeParse(jsonOrNull(text));
  return parsed.success ? parsed.data : null;
}

const probe = z.object({ status: z.string().default(""), latency: z.number().default(0) }).optional();
const path = z.object({ ip: z.string().default(""), icmp: probe, http: probe }).optional();

const healthSchema = z.object({
  nodes: z
    .array(
      z.object({
        name: z.string(),
        host: z.object({ "primary-address": path }).optional(),
        "health-endpoint": z.object({ "primary-address": path }).optional(),
      }),
    )
    .nullish()
    .transform((list) => list ?? []),
});

export interface Reach {
  /** "default/w-1" as Cilium names it, without the cluster. */
  readonly node: string;
  /** The node itself, or a pod's address on it. */
  readonly what: "node" | "pod";
  /** "": it answers. */
  readonly trouble: string;
  /** Seconds. */
  readonly latency: number;
}

/** What `cilium-health status -o json` says: every node, and a pod address on it, as this node reaches them. null: not understood. */
export function parseCiliumHealth(text: string): readonly Reach[] | null {
  const parsed = healthSchema.safeParse(jsonOrNull(text));
  if (!parsed.success) return null;
  return parsed.data.nodes.flatMap((one) => {
    const node = one.name.slice(one.name.lastIndexOf("/") + 1);
    const of = (what: Reach["what"], found: z.infer<typeof path>): readonly Reach[] => {
      if (found?.ip === undefined || found.ip === "") return [];
      // ICMP may be filtered where HTTP is not: what answers one of them is reached.
      const answers = [found.http, found.icmp].filter((one) => one !== undefined);
      const fine = answers.find(({ status }) => status === "");
      return [
        {
          node,
          what,
          trouble: fine === undefined ? (answers[0]?.status ?? "not asked yet") : "",
          latency: (fine?.latency ?? 0) / 1e9,
        },
      ];
    };
    return [...of("node", one.host?.["primary-address"]), ...of("pod", one["health-endpoint"]?.["primary-address"])];
  });
}

const metricSchema = z.object({
  name: z.string(),
  value: z.number(),
  labels: z
    .record(z.string(), z.string())
    .nullish()
    .transform((labels) => labels ?? {}),
});
export type Metric = z.infer<typeof metricSchema>;

/** What `cilium-dbg metrics list -o json` says; nothing when it is not understood, as from an agent without metrics. */
export function parseMetrics(text: string): readonly Metric[] {
  const list = text.slice(Math.max(text.indexOf("["), 0), text.lastIndexOf("]") + 1);
  const parsed = z.array(metricSchema).safeParse(jsonOrNull(list));
  return parsed.success ? parsed.data : [];
}
