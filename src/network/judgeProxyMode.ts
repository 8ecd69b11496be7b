import type { ClusterSpec, CniSpec } from "../model/cluster.ts";
import { compareMinors, isAtLeast, minorOf } from "../model/versions.ts";
import { type ModeRow, modeLives, type ProxyMode, proxyModes } from "./proxyModes.ts";

interface ModeFinding {
  readonly severity: "error" | "warning";
  /** Field of the inventory: ["network", "kubeProxy", "mode"]. */
  readonly field: readonly string[];
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const modeField = ["network", "kubeProxy", "mode"] as const;

const versionOf = (cni: CniSpec): string | null => (cni.name === "none" ? null : cni.version);

/** The row for this cluster's network, its version and its mode; null: there is none, and the pair is unknown. */
export function modeRowOf({ network: { cni, kubeProxy } }: ClusterSpec, rows = proxyModes): ModeRow | null {
  const version = versionOf(cni);
  const fits = ({ atLeast, below }: ModeRow): boolean =>
    version === null ||
    ((atLeast === undefined || isAtLeast(version, atLeast)) && (below === undefined || !isAtLeast(version, below)));
  return rows.find((row) => row.cni === cni.name && row.mode === kubeProxy.mode && fits(row)) ?? null;
}

/** What speaks against this cluster's network, mode of kube-proxy and Kubernetes together, or is to be known of them. */
export function judgeProxyMode(cluster: ClusterSpec, rows = proxyModes): readonly ModeFinding[] {
  const { cni, kubeProxy } = cluster.network;
  const { mode } = kubeProxy;
  const name = cni.name === "none" ? "a network of your own" : `${cni.name} ${cni.version}`;
  const of = (severity: ModeFinding["severity"], message: string, hint: string): ModeFinding => ({
    severity,
    field: modeField,
    code: "kube-proxy-mode",
    message: `network.kubeProxy.mode: ${message}`,
    hint,
  });
  const life = ofKubernetes(mode, cluster.kubernetes.version);
  const row = modeRowOf(cluster, rows);
  if (row === null) return [...life, of("error", `nothing is known of ${mode} with ${name}`, "use iptables")];
  const { state, because = "", instead, source } = row;
  if (state === "no")
    return [...life, of("error", `${mode} does not go with ${name}: ${because}`, `${instead ?? "use iptables"} (${source})`)];
  const preview = state === "preview" ? [of("warning", `${mode} with ${name}: ${because}`, source)] : [];
  const settings = (row.settings ?? [])
    .filter((setting) => !setting.met(cni))
    .map(
      ({ field, is, unmet, severity }): ModeFinding => ({
        severity,
        field: ["network", "cni", field],
        code: `${cni.name}-mode`,
        message: `network.cni.${field}: ${unmet}; kubeProxy.mode is ${mode}`,
        hint: `set it to ${is}, or leave it out: it follows kubeProxy.mode (${source})`,
      }),
    );
  return [...life, ...preview, ...settings];
}

function ofKubernetes(mode: ProxyMode, kubernetes: string): readonly ModeFinding[] {
  if (mode === "none") return [];
  const { first, deprecated, gone, source } = modeLives[mode];
  const minor = minorOf(kubernetes);
  const told = { field: modeField, hint: `use ${mode === "nftables" ? "iptables" : "nftables"}` } as const;
  if (compareMinors(minor, first) < 0) {
    const message = `network.kubeProxy.mode: Kubernetes ${kubernetes} does not run ${mode} by itself, ${first} and newer do (${source})`;
    return [{ severity: "error", code: "kube-proxy-mode", message, ...told }];
  }
  if (deprecated === undefined || compareMinors(minor, deprecated) < 0) return [];
  const isGone = gone !== undefined && compareMinors(minor, gone) >= 0;
  const message = isGone
    ? `network.kubeProxy.mode: ${mode} is gone from Kubernetes ${gone} on (${source})`
    : `network.kubeProxy.mode: ${mode} is deprecated since Kubernetes ${deprecated}, and planned to go in ${gone}`;
  return [{ severity: isGone ? "error" : "warning", code: `${mode}-deprecated`, message, ...told }];
}

/**
 * Why kube-proxy of that version must not take the place of one that runs `live`: it knows nothing of that mode's rules, so nothing would
 * take them away. null: it may. KEP-3866 (downgrade): run iptables or ipvs once on the newer version first.
 */
export function strandedBy(live: ProxyMode, kubernetes: string): string | null {
  if (live === "none" || compareMinors(minorOf(kubernetes), modeLives[live].known) >= 0) return null;
  const { known, source } = modeLives[live];
  return `kube-proxy ${kubernetes} is older than ${known} and does not know mode ${live}: its rules would stay on every node (${source})`;
}
