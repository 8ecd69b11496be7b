import type { ClusterSpec } from "../../src/model/cluster.ts";
import { multus, multusOf } from "../../src/network/multus.ts";
import { partsOf } from "../../src/network/parts.ts";

export const confFolder = "/etc/cni/net.d";
export const confName = "00-multus.conf";
/** The thin one writes a list where the default network's is of CNI 1.0.0: cmd/thin_entrypoint. */
export const confNames = [confName, `${confName}list`];
export const waitingName = "01-multus.conf";

/** File in /etc/cni/net.d of the network that pods have anyway; null: this tool does not know it. */
export const defaultNetworkFile = (cluster: ClusterSpec): string | null =>
  partsOf(cluster)
    .filter((part) => part !== multus)
    .flatMap(({ confFile }) => confFile ?? [])
    .sort()[0] ?? null;

/**
 * Stands behind the daemon's own file, which the daemon takes away whenever it ends (pkg/server/config/manager.go): pods that start just then
 * would get the default network alone, silently. With this one they wait for the daemon. null: none is needed, or possible.
 */
export function waitingConf(cluster: ClusterSpec): string | null {
  const name = defaultNetworkFile(cluster);
  if (multusOf(cluster).kind === "thin" || name === null) return null;
  const made = {
    cniVersion: "0.3.1",
    name: "multus-cni-network",
    type: "multus-shim",
    clusterNetwork: `/host${confFolder}/${name}`,
    // A plug-in gets of these what it asks for in its own file.
    capabilities: { portMappings: true, bandwidth: true },
    logToStderr: true,
  };
  return `${JSON.stringify(made)}\n`;
}
