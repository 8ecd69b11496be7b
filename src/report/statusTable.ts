import { paint } from "../plan/renderPaint.ts";
import { count, padTo, printable, widthOf } from "../plan/renderText.ts";
import type { ApiState } from "../role/step.ts";
import { table } from "./table.ts";

/** A node as `provision status` shows it: what the inventory says, and what the API and the machine say of it now. */
export interface NodeStatus {
  readonly name: string;
  readonly roles: readonly string[];
  readonly address: string;
  /** false: the cluster has it, the inventory does not. */
  readonly inInventory: boolean;
  /** Condition Ready of the node object: "True", "False" or "Unknown"; "absent": not in the cluster. */
  readonly ready: string;
  /** Why it is not Ready, or why the machine does not answer; "" where all is well. */
  readonly reason: string;
  /** As they report themselves: "v1.36.4", "containerd://2.3.4"; "": not known. */
  readonly kubelet: string;
  readonly runtime: string;
  readonly kernel: string;
  /** "key=value:NoSchedule". */
  readonly taints: readonly string[];
  readonly cordoned: boolean;
}

export interface ClusterStatus {
  readonly cluster: string;
  readonly api: ApiState;
  readonly nodes: readonly NodeStatus[];
}

/** Below this many columns a table says less than one block a node. */
const tableWidth = 76;
const head = ["NODE", "READY", "ROLES", "ADDRESS", "KUBELET", "RUNTIME", "KERNEL", "NOTES"];

/** A line a node, or a block a node on a narrow terminal; a last line counts those that are Ready. Ends in a line feed. */
export function renderStatus(status: ClusterStatus, options: { readonly color: boolean; readonly width: number }): string {
  const colors = paint(options.color);
  const { nodes } = status;
  const ready = nodes.filter((node) => node.ready === "True" && !node.cordoned).length;
  const lines = options.width < tableWidth ? nodes.flatMap(block) : table(head, nodes.map(cells), options.width);
  const well = ready === nodes.length && status.api === "up";
  const summary = `${printable(status.cluster)}: ${apiTexts[status.api]}${ready} of ${count(nodes.length, "node")} ready for work`;
  return `${[...lines, "", colors.bold(well ? colors.green(summary) : colors.red(summary))].join("\n")}\n`;
}

const apiTexts: Readonly<Record<ApiState, string>> = { none: "not set up yet, ", down: "no control plane answers, ", up: "" };
const readyTexts: Readonly<Record<string, string>> = { True: "yes", False: "no", Unknown: "unknown" };

const cells = (node: NodeStatus): readonly string[] => [
  node.name,
  readyTexts[node.ready] ?? node.ready,
  node.roles.join(","),
  node.address,
  node.kubelet.replace(/^v/, "") || "-",
  node.runtime.replace("://", " ") || "-",
  node.kernel || "-",
  notes(node),
];

const notes = ({ cordoned, taints, reason, inInventory }: NodeStatus): string =>
  [inInventory ? "" : "not in the inventory", cordoned ? "cordoned" : "", reason, ...taints]
    .filter((note) => note !== "")
    .join(", ");

function block(node: NodeStatus): readonly string[] {
  const [name, ...values] = cells(node);
  const width = Math.max(...head.map(widthOf));
  const fields = values.flatMap((value, index) =>
    value === "" ? [] : [`  ${padTo((head[index + 1] ?? "").toLowerCase(), width)}  ${printable(value)}`],
  );
  return [printable(name ?? ""), ...fields];
}
