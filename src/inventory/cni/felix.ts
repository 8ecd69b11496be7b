import { z } from "zod";

const seconds = (what: string, note: string) => z.int().min(0).max(86_400).optional().describe(what).meta({ defaultNote: note });

/** Defaults are Felix's own: projectcalico/calico felix/config/config_params.go. */
export const felixSchema = z.strictObject({
  logSeverity: z
    .enum(["debug", "info", "warning", "error", "fatal"])
    .default("info")
    .describe("What is worth a line in the log."),
  metrics: z
    .enum(["off", "loopback", "all"])
    .default("loopback")
    .describe("Where metrics are served: gates read them on 127.0.0.1; all is for a collector outside the node."),
  metricsPort: z.int().min(1024).max(65_535).default(9091).describe("Port of the metrics."),
  iptablesRefreshInterval: seconds("Seconds after which rules are looked at again; 0 never.", "Felix's, 180"),
  routeRefreshInterval: seconds("Seconds after which routes are looked at again; 0 never.", "Felix's, 90"),
  interfaceRefreshInterval: seconds("Seconds after which interfaces are looked at again; 0 never.", "Felix's, 90"),
  ipsetsRefreshInterval: seconds("Seconds after which IP sets are looked at again; 0 never.", "Felix's"),
  iptablesPostWriteCheckInterval: seconds("Seconds after which a write of rules is looked at for being undone.", "Felix's, 5"),
  iptablesLockProbeIntervalMillis: z
    .int()
    .min(1)
    .max(60_000)
    .optional()
    .describe("Milliseconds between tries for the lock of iptables.")
    .meta({ defaultNote: "Felix's, 50" }),
  maxIpsetSize: z
    .int()
    .min(1)
    .max(16_777_216)
    .optional()
    .describe("Most addresses in an IP set.")
    .meta({ defaultNote: "Felix's, 1048576" }),
  netlinkTimeout: seconds("Seconds the kernel may take for an answer.", "Felix's, 10"),
  dataplaneWatchdogTimeout: seconds("Seconds without a sign of life after which Felix is not healthy.", "Felix's, 90"),
  reportingInterval: seconds("Seconds between reports of its status; 0 none.", "Felix's, 30"),
  goMaxProcs: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe("Threads that compute at the same time.")
    .meta({ defaultNote: "one a core" }),
  goGcThreshold: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe("Percent the heap grows before it is collected.")
    .meta({ defaultNote: "Felix's, 40" }),
  iptablesMarkMask: z
    .string()
    .regex(/^0x[0-9a-f]{1,8}$/i, { error: "is not a mask of bits such as 0xffff0000" })
    .optional()
    .describe("Bits of a packet's mark that Felix may use.")
    .meta({ defaultNote: "Felix's, 0xffff0000" }),
});
