import { Command } from "commander";
import { loadInventory } from "../inventory/loadInventory.ts";
import { type ClusterSpec, controlPlanes } from "../model/cluster.ts";
import type { CliIo } from "./cliIo.ts";
import { printDiagnostics } from "./printDiagnostics.ts";

/** `provision validate`: 0 and one line, or ProvisionError (exit 3) with everything that is wrong. Touches no machine. */
export const validateCommand = (io: CliIo, finish: (code: number) => void): Command =>
  new Command("validate")
    .description("check an inventory, without touching a machine")
    .option(
      "-i, --inventory <path>",
      "inventory file, folder, or name under ./inventories",
      io.env.PROVISION_INVENTORY ?? "cluster.yaml",
    )
    .option("--json", "for programs")
    .action(async (options: { readonly inventory: string; readonly json?: boolean }) => {
      const { cluster, warnings } = await loadInventory(options.inventory, { cwd: io.cwd, home: io.home });
      if (options.json) io.stdout(`${JSON.stringify({ ok: true, cluster, diagnostics: warnings })}\n`);
      else {
        if (warnings.length > 0) printDiagnostics(io, warnings, { json: false });
        io.stdout(`ok: ${summary(cluster)}\n`);
      }
      finish(0);
    });

function summary(cluster: ClusterSpec): string {
  const { cni, kubeProxy } = cluster.network;
  const planes = controlPlanes(cluster).length;
  return [
    cluster.name,
    `${count(cluster.nodes.length, "node")} (${count(planes, "control plane")})`,
    `Kubernetes ${cluster.kubernetes.version}`,
    `containerd ${cluster.containerd.version}`,
    cni.name === "none" ? "no pod network" : `${cni.name} ${cni.version}`,
    kubeProxy.mode === "none" ? "no kube-proxy" : `kube-proxy ${kubeProxy.mode}`,
  ].join(", ");
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
