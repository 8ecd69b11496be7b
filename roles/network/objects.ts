import { keptName } from "../../src/facts/keptObjects.ts";
import { nodesFact } from "../../src/facts/kube.ts";
import { networksFact } from "../../src/facts/networks.ts";
import { sh } from "../../src/host/sh.ts";
import { deleteObjects } from "../../src/role/objects/applyObjects.ts";
import { clusterStep } from "../../src/role/step.ts";
import { type Change, changeIf, ok } from "../../src/role/verdict.ts";
import { networkLabel } from "../cluster/nodeNetwork.ts";
import { changeOf } from "./change.ts";

/** Before the new network's objects are there: its agents would start beside the old ones. */
export const steered = clusterStep({
  id: "network/steered",
  summary: "every node stays with its network until its turn",
  after: [{ step: "control-plane/up", on: "first-control-plane" }, "network/road"],
  kube: () => ({ live: networksFact, nodes: nodesFact }),
  check: ({ kube, cluster }) => {
    const change = changeOf(kube?.live.keys(), cluster);
    if (change === null || kube === null) return ok;
    const open = kube.nodes.filter(({ metadata }) => metadata.labels[networkLabel] === undefined);
    return changeIf(
      open.map(
        ({ metadata: { name } }): Change => ({
          what: "node",
          action: "set",
          target: `label ${networkLabel}=${change.from.part} of ${name}`,
        }),
      ),
    );
  },
  apply: ({ kube, cluster }) => {
    const change = changeOf(kube?.live.keys(), cluster);
    if (change === null) return [];
    const { part, agent } = change.from;
    const keeps = JSON.stringify({ spec: { template: { spec: { nodeSelector: { [networkLabel]: part } } } } });
    return [
      {
        kind: "run",
        where: "control-plane",
        summary: `keep ${change.from.title} on the nodes that have it`,
        script: sh`k label nodes -l ${`!${networkLabel}`} ${`${networkLabel}=${part}`} >/dev/null &&
k -n ${agent.namespace} patch daemonset ${agent.name} --type=merge -p ${keeps} >/dev/null`,
      },
    ];
  },
});

/** What the old network had in the cluster, when no node has it any more; and the labels of the way. */
export const left = clusterStep({
  id: "network/left",
  summary: "nothing is left of a network that was changed",
  after: [{ step: "network/node", on: "every-node" }],
  kube: () => ({ live: networksFact, nodes: nodesFact }),
  check: ({ kube, cluster }) => {
    if (kube === null) return ok;
    const change = changeOf(kube.live.keys(), cluster);
    if (change !== null)
      return changeIf([
        {
          what: "object",
          action: "delete",
          target: `all objects of ${change.from.title}`,
          detail: "when every node has changed",
        },
      ]);
    const marked = kube.nodes.filter(({ metadata }) => metadata.labels[networkLabel] !== undefined);
    return changeIf(
      marked.map(
        ({ metadata: { name } }): Change => ({ what: "node", action: "delete", target: `label ${networkLabel} of ${name}` }),
      ),
    );
  },
  apply: ({ kube, cluster }) => {
    const change = changeOf(kube?.live.keys(), cluster);
    const part = change?.from.part ?? null;
    const annotations = (change?.road?.annotations ?? []).map((name) => `${name}-`);
    return [
      {
        kind: "run",
        where: "control-plane",
        summary: part === null ? "take the labels of the change away" : `delete ${change?.from.title}'s objects`,
        script: sh`${sh.raw(part === null ? ":" : "")}${
          part === null
            ? sh``
            : sh`left=$(k get nodes -l ${`${networkLabel} in (${part},none)`} -o name) || exit 1
[ -z "$left" ] || { echo "still with the old network: $left" >&2; exit 1; }
${annotations.length === 0 ? sh`` : sh`k annotate nodes --all ${annotations} >/dev/null || exit 1\n`}${deleteObjects(part)} && k -n kube-system delete configmap ${keptName(part)} --ignore-not-found >/dev/null`
        } &&
k label nodes --all ${`${networkLabel}-`} >/dev/null`,
      },
    ];
  },
});
