import { paint } from "../plan/renderPaint.ts";
import { printable } from "../plan/renderText.ts";
import type { Rollback } from "../upgrade/rollback.ts";

/** The backup a whole cluster goes back to. */
export interface LastResort {
  readonly folder: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly kubernetes: string;
  readonly encrypted: boolean;
}

interface Words {
  /** As it was given with -i. */
  readonly inventory: string;
  /** The inventory's file. */
  readonly source: string;
}

/** The command that does it. */
export const rollbackCommand = ({ node, kept }: Rollback, { inventory }: Words): string =>
  `provision rollback --node ${node.name}${kept.kind === "pods" ? " --static-pods" : ""} -i ${inventory}`;

/** One way back: what, in which order, by which command; or why not. Lines without a line feed, for a person. */
export function rollbackLines(rollback: Rollback, words: Words): readonly string[] {
  const { node, kept, refused } = rollback;
  const what = kept.kind === "pods" ? "static pods" : "kubelet, containerd, API proxy, units and configuration";
  const when = `kept ${new Date(kept.at * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const state = kept.done ? "" : ", of a change that did not end";
  const from = kept.before === kept.until ? "the last change of it" : kept.until;
  const title = `${printable(node.name)}: ${what}, back to ${kept.before} from before ${from} (${when}${state})`;
  if (refused !== null) return [title, `  not possible: ${printable(refused.message)}`, `  ${printable(refused.hint)}`];
  return [
    title,
    ...stepsOf(rollback).map((step, index) => `  ${index + 1}. ${step}`),
    `  ${printable(rollbackCommand(rollback, words))}`,
  ];
}

function stepsOf({ node, kept }: Rollback): readonly string[] {
  const { before } = kept;
  if (kept.kind === "pods")
    return [
      `put back etcd's manifest${kept.etcd === "" ? "" : ` (${printable(kept.etcd)})`}; wait until every member is healthy`,
      `put back what the API server, controller manager and scheduler of ${before} were made of`,
      `check: the API server is ready and of version ${before}, the static pods are Ready, etcd is healthy`,
    ];
  return [
    `cordon and drain ${printable(node.name)}`,
    `put back programs, units and configuration as they were under ${before}; restart containerd, the API proxy, the kubelet`,
    `check: Ready with kubelet ${before}, and it stays so; the pod network and every service of the node`,
    "uncordon it, if it was this tool that cordoned it",
  ];
}

/** The whole cluster, from its backup: the exact command. `before`: the version to go back to. */
export function lastResortLines(before: string, backup: LastResort | null, { inventory, source }: Words): readonly string[] {
  if (backup === null)
    return [
      `Last resort, the whole cluster: there is no backup of ${before} here; provision backup --list -i ${inventory} looks for one`,
    ];
  const identity = backup.encrypted ? " --identity <private key file>" : "";
  return [
    `Last resort, the whole cluster as it was at ${backup.at}; what happened in it since then is lost:`,
    `  1. set kubernetes.version: ${backup.kubernetes} in ${printable(source)}`,
    `  2. provision restore ${printable(backup.folder)} -i ${printable(inventory)} --force-while-answering${identity}`,
  ];
}

/** All ways back, and the last resort. Ends in a line feed. */
export function renderRollbacks(
  rollbacks: readonly Rollback[],
  lastResort: readonly string[],
  words: Words,
  { color }: { readonly color: boolean },
): string {
  const { bold } = paint(color);
  const blocks = rollbacks.map((one) => {
    const [title = "", ...lines] = rollbackLines(one, words);
    return [bold(title), ...lines, ""];
  });
  const none =
    rollbacks.length === 0
      ? ["Nothing is kept on the nodes: no upgrade has changed them, or they have gone back already.", ""]
      : [];
  return `${[...none, ...blocks.flat(), ...lastResort].join("\n")}\n`;
}
