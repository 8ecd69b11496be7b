import { z } from "zod";
import type { RetinaSpec } from "../model/retina.ts";
import { defaultRetina } from "../model/versions.ts";
import * as f from "./fields.ts";

const retinaSchema = z.strictObject({
  version: f.version().optional().describe("Retina version.").meta({ defaultNote: defaultRetina }),
  variant: z
    .enum(["standard", "hubble"])
    .default("standard")
    .describe("standard: metrics, beside any network; hubble: Hubble's control plane, for flows too, not beside Cilium."),
  values: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("Further values of its chart, merged over those this tool makes; the chart leaves keys it does not know unused."),
});

export const observability = z.strictObject({
  retina: retinaSchema
    .nullable()
    .default(null)
    .describe("Retina: metrics of each node's network, beside any network; null: none."),
});

/** null: no Retina. */
export const resolveRetina = (input: z.output<typeof retinaSchema> | null): RetinaSpec | null =>
  input === null ? null : { ...input, version: input.version ?? defaultRetina };
