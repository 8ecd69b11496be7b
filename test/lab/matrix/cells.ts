import type { Inventory } from "../scenarios/scenario.ts";

/** One pair of network and kube-proxy mode, on real machines. */
export interface Cell {
  /** "calico, iptables". */
  readonly name: string;
  /** What the lab must serve beside the default: "calico". */
  readonly networks: readonly string[];
  readonly cni: Readonly<Record<string, unknown>>;
  readonly mode: "nftables" | "iptables" | "none";
  /** It keeps NetworkPolicies. */
  readonly policies: boolean;
}

const cell = (
  cni: Readonly<Record<string, unknown>> & { readonly name: string },
  mode: Cell["mode"],
  networks: readonly string[],
  note = "",
): Cell => ({ name: `${cni.name}${note}, ${mode}`, networks, cni, mode, policies: cni.name !== "flannel" });

const [calico, canal] = [
  { name: "calico", version: "3.28.5" },
  { name: "canal", version: "3.28.5", flannel: "0.28.7" },
] as const;
const flannel = { name: "flannel", version: "0.28.7" } as const;

/** Every pair that is allowed. What is refused, and why, is the inventory rules' to show (docs/kube-proxy.md). */
export const cells: readonly Cell[] = [
  cell(flannel, "nftables", []),
  cell(flannel, "iptables", []),
  cell({ ...flannel, backend: "host-gw" }, "nftables", [], " host-gw"),
  cell(calico, "iptables", ["calico"]),
  cell(canal, "iptables", ["canal"]),
  cell(canal, "nftables", ["canal"]),
  ...["1.18.5", "1.19.5"].flatMap((version) =>
    (["nftables", "iptables", "none"] as const).map((mode) =>
      cell(
        { name: "cilium", version, ...(mode === "none" ? { kubeProxyReplacement: true } : {}) },
        mode,
        [`cilium@${version}`],
        ` ${version}`,
      ),
    ),
  ),
];

export function inCell({ cni, mode }: Cell): (inventory: Inventory) => void {
  return (inventory) => {
    inventory.network = { ...inventory.network, cni, kubeProxy: { ...inventory.network.kubeProxy, mode } };
  };
}
