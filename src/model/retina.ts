/** Observability of the network. */
export interface RetinaSpec {
  readonly version: string;
  /** "hubble": with Hubble's control plane, flows too; its operator makes Cilium's own kinds of objects. */
  readonly variant: "standard" | "hubble";
  /** Values of its chart, merged over those this tool makes. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What an agent runs when the values name nothing: each chart's own values.yaml, enabledPlugin_linux. */
const usual: Readonly<Record<RetinaSpec["variant"], readonly string[]>> = {
  standard: ["dropreason", "packetforward", "linuxutil", "dns"],
  hubble: ["linuxutil", "packetforward", "packetparser", "dns", "dropreason"],
};

/** Names of plug-ins on Linux: microsoft/retina pkg/plugin of v1.2.6. */
export const retinaPlugins: readonly string[] = [
  "ciliumeventobserver",
  "dns",
  "dropreason",
  "infiniband",
  "linuxutil",
  "packetforward",
  "packetparser",
  "tcpretrans",
];

/** The plug-ins of its agents. null: what the values say is no list of names in a text, as the chart takes it. */
export function pluginsOf({ variant, values: { enabledPlugin_linux: said } }: RetinaSpec): readonly string[] | null {
  if (said === undefined) return usual[variant];
  if (typeof said !== "string") return null;
  try {
    const list: unknown = JSON.parse(said);
    return Array.isArray(list) && list.every((one) => typeof one === "string") ? list : null;
  } catch {
    return null;
  }
}

/** TCP port of its agents' metrics: `retinaPort` of its chart. */
export const metricsPortOf = ({ values: { retinaPort } }: RetinaSpec): number =>
  typeof retinaPort === "number" ? retinaPort : 10093;
