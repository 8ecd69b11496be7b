import { type Script, sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import { clearAway } from "../../src/network/clearAway.ts";
import { bridgeAgain, renameDevice, routeLeases } from "../../src/network/handOver.ts";
import { partCalled } from "../../src/network/parts.ts";
import type { Road } from "../../src/network/roads.ts";
import type { Action } from "../../src/role/action.ts";
import type { NodeTarget } from "../../src/role/step.ts";
import { networkLabel, noNetwork } from "../cluster/nodeNetwork.ts";
import { agentGone, agentReady } from "./agents.ts";
import type { NetworkChange } from "./change.ts";
import { podsAnew } from "./podsAnew.ts";
import { free, reserve } from "./reserve.ts";

/** The bridge that flannel's pods hang on, and where their addresses are noted on the node. */
export const bridge = "cni0";
const leases = "/var/lib/cni/networks/cbr0";

/** From the old network to the new one, on a node that was emptied before. */
export function turn({ from, to }: NetworkChange, road: Road, target: NodeTarget): readonly Action[] {
  const { node } = target;
  const old = partCalled(from.part).owns;
  const kept = new Set([...road.keeps.interfaces, ...road.keeps.paths]);
  const rulesGo = onNode(
    `take ${from.title}'s rules away`,
    clearAway({
      ...old,
      interfaces: old.interfaces.filter((name) => name !== bridge && !kept.has(name)),
      paths: old.paths.filter((path) => !kept.has(path)),
      // Routes to other nodes, by which packets go meanwhile.
      more: sh`:`,
    }),
  );
  return [
    onNode(
      `no pod gets ${from.title}'s network any more`,
      sh`rm -f ${old.confFiles.map((file) => `/etc/cni/net.d/${file}`)}\n${road.leases === null ? sh`` : copied(road.leases)}`,
    ),
    labelled(node, noNetwork),
    agentGone(from.agent, node),
    // Two flannels would write the same rules; beside another agent the old ones serve until its own stand.
    ...(road.device === null ? [rulesGo] : []),
    ...(road.notes ? [reserve(node)] : []),
    ...(road.device === null
      ? []
      : [
          onNode(
            `${road.device.from} goes on as ${road.device.to}`,
            sh`${routeLeases(leases, bridge)}\n${renameDevice(road.device.from, road.device.to)}`,
          ),
        ]),
    labelled(node, to.part),
    agentReady(to.agent, node),
    ...(to.healthy?.(target) ?? []).map((condition): Action => ({ kind: "wait", condition })),
    ...(road.device === null ? [] : [rulesGo]),
    podsAnew(to.agent, node),
    ...(road.notes ? [free(node)] : []),
    onNode(
      `take ${from.title}'s bridge away`,
      sh`ip link delete ${bridge} 2>/dev/null; rm -rf ${road.leases?.from ?? leases} /opt/cni/bin/flannel /var/lib/cni/flannel`,
    ),
  ];
}

/** Back to the old network, after the new one's agent missed its gate. */
export function turnBack({ from, to }: NetworkChange, road: Road, { node }: NodeTarget): readonly Action[] {
  const fresh = partCalled(to.part).owns;
  const kept = new Set([...road.keeps.interfaces, ...road.keeps.paths]);
  return [
    onNode(`no pod gets ${to.title}'s network any more`, sh`rm -f ${fresh.confFiles.map((file) => `/etc/cni/net.d/${file}`)}`),
    labelled(node, noNetwork),
    agentGone(to.agent, node),
    ...(road.device === null
      ? []
      : [onNode(`${road.device.to} goes on as ${road.device.from}`, renameDevice(road.device.to, road.device.from))]),
    onNode(
      `take ${to.title}'s rules away`,
      sh`${clearAway({
        ...fresh,
        // Interfaces of pods go with their pods.
        interfaces: fresh.interfaces.filter((name) => !name.endsWith("*") && !kept.has(name)),
        paths: fresh.paths.filter((path) => !kept.has(path)),
      })}\n${bridgeAgain(bridge)}`,
    ),
    ...(road.notes ? [free(node)] : []),
    labelled(node, from.part),
    agentReady(from.agent, node),
    podsAnew(from.agent, node),
  ];
}

const onNode = (summary: string, script: Script): Action => ({ kind: "run", summary, script: sh`${script}\ntrue` });

const labelled = ({ name }: NodeSpec, part: string): Action => ({
  kind: "run",
  where: "control-plane",
  summary: `label ${name} ${networkLabel}=${part}`,
  script: sh`k label node ${name} ${`${networkLabel}=${part}`} --overwrite >/dev/null`,
});

/** Of pods that stay, too: host-local finds who has which address by these files, and frees it by them. */
const copied = ({ from, to }: NonNullable<Road["leases"]>): Script =>
  sh`mkdir -p ${to} && for f in ${from}/*; do [ -f "$f" ] && [ "\${f##*/}" != lock ] && cp -n "$f" ${`${to}/`}; done`;
