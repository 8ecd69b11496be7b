import { readFacts } from "../facts/fact.ts";
import { hostFacts } from "../facts/hostFacts.ts";
import { type KubeNode, nodesFact } from "../facts/kube.ts";
import { HostError } from "../host/host.ts";
import type { NodeSpec } from "../model/cluster.ts";
import { controlPlanes } from "../model/cluster.ts";
import type { ExitCode } from "../model/diagnostic.ts";
import { jsonText } from "../plan/renderText.ts";
import { type NodeStatus, renderStatus } from "../report/statusTable.ts";
import { lookAtCluster, lookAtHost } from "../run/look.ts";
import type { CliIo } from "./cliIo.ts";
import { type CommonOptions, prepare } from "./prepare.ts";

export interface StatusOptions extends CommonOptions {
  readonly json?: boolean;
}

/** What is there: every node of the inventory and of the cluster. 0 all Ready, 1 otherwise. */
export async function status(io: CliIo, options: StatusOptions): Promise<ExitCode> {
  const prepared = await prepare(io, options);
  const { cluster, world } = prepared;
  try {
    const reached = new Map(
      await Promise.all(cluster.nodes.map(async (node) => [node.name, await reach(prepared, node)] as const)),
    );
    const { api, kube } = await lookAtCluster(
      world.sessions,
      controlPlanes(cluster).filter((plane) => reached.get(plane.name) === null),
      [nodesFact],
    );
    const live = kube === null ? [] : readFacts({ nodes: nodesFact }, kube).nodes;
    const strangers = live.filter((one) => !cluster.nodes.some((node) => node.name === one.metadata.name));
    const rows: NodeStatus[] = [
      ...cluster.nodes.map((node) =>
        row(
          node,
          live.find((one) => one.metadata.name === node.name),
          reached.get(node.name) ?? null,
        ),
      ),
      ...strangers.map((one) => row(null, one, null)),
    ];
    if (options.json) io.stdout(`${jsonText({ apiVersion: "provision/status/v1", cluster: cluster.name, api, nodes: rows })}\n`);
    else io.stdout(renderStatus({ cluster: cluster.name, api, nodes: rows }, { color: io.color, width: io.width }));
    return rows.every((one) => one.ready === "True") ? 0 : 1;
  } finally {
    await prepared.close();
  }
}

/** null when the machine answers, otherwise why not. */
async function reach(
  { world }: { world: { sessions: import("../run/sessions.ts").Sessions } },
  node: NodeSpec,
): Promise<string | null> {
  try {
    await world.sessions.with(node.name, (host) => lookAtHost(host, [hostFacts]));
    return null;
  } catch (error) {
    if (error instanceof HostError) return error.message;
    throw error;
  }
}

function row(node: NodeSpec | null, live: KubeNode | undefined, unreachable: string | null): NodeStatus {
  const ready = live?.status.conditions.find((one) => one.type === "Ready");
  return {
    name: node?.name ?? live?.metadata.name ?? "",
    roles: node?.roles ?? [],
    address: node?.address ?? live?.status.addresses.find((one) => one.type === "InternalIP")?.address ?? "",
    inInventory: node !== null,
    ready: live === undefined ? "absent" : (ready?.status ?? "Unknown"),
    reason: unreachable ?? (ready?.status === "True" ? "" : (ready?.message ?? "")),
    kubelet: live?.status.nodeInfo.kubeletVersion ?? "",
    runtime: live?.status.nodeInfo.containerRuntimeVersion ?? "",
    kernel: live?.status.nodeInfo.kernelVersion ?? "",
    taints: live?.spec.taints.map((taint) => `${taint.key}${taint.value === "" ? "" : `=${taint.value}`}:${taint.effect}`) ?? [],
    cordoned: live?.spec.unschedulable ?? false,
  };
}
