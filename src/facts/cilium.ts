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
type CiliumStatus = z.infer<typeof statusSchema>;

/** null: it is not understood. */
export function parseCiliumStatus(text: string): CiliumStatus | null {
  const parsed = statusSchema.safeParse(jsonOrNull(text));
  return parsed.success ? parsed.data : null;
}

const metricSchema = z.object({
  name: z.string(),
  value: z.number(),
  labels: z
    .record(z.string(), z.string())
    .nullish()
    .transform((labels) => labels ?? {}),
});
type Metric = z.infer<typeof metricSchema>;

/** What `cilium-dbg metrics list -o json` says; nothing when it is not understood, as from an agent without metrics. */
export function parseMetrics(text: string): readonly Metric[] {
  const list = text.slice(Math.max(text.indexOf("["), 0), text.lastIndexOf("]") + 1);
  const parsed = z.array(metricSchema).safeParse(jsonOrNull(list));
  return parsed.success ? parsed.data : [];
}
