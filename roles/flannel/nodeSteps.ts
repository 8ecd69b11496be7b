import { daemonFact } from "../../src/facts/daemonPods.ts";
import { existsFact } from "../../src/facts/files.ts";
import { flannelNodeFact, type Lease, leasesFact } from "../../src/facts/flannel.ts";
import { sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import { flannelIn } from "../../src/network/flannel.ts";
import type { Condition } from "../../src/role/action.ts";
import { nodeStep, type Step } from "../../src/role/step.ts";
import { type Change, changeIf, ok } from "../../src/role/verdict.ts";
import { confFirst } from "../cluster/confFirst.ts";
import type { Manifest } from "../cluster/manifestSteps.ts";
import { isStale } from "../cluster/nodePod.ts";
import { podNetworkReaches } from "../cluster/podNetworkReaches.ts";
import { leaseProblems } from "./leaseProblems.ts";

/** Written by flanneld once it has its lease; flannel's CNI plug-in fails without it. */
const subnetFile = "/run/flannel/subnet.env";

/** The first address of its share belongs to the node itself. */
const overlayReaches = (node: NodeSpec): Condition =>
  podNetworkReaches(
    node,
    sh`a=$(k get node ${node.name} -o jsonpath='{.spec.podCIDR}'); a=\${a%/*}`,
    "it has no pod addresses",
    "its kubelet does not answer on its pod network address",
  );

const peersKnown = (node: NodeSpec, leases: readonly Lease[], backend: string): Condition => ({
  summary: `flannel of ${node.name} knows every other node`,
  script: flannelNodeFact.script,
  unmet: ({ code, stdout }) => {
    const [problem] = leaseProblems(node.name, flannelNodeFact.parse({ code, stdout }), leases, backend);
    return problem === undefined ? null : `${problem.of}: ${problem.why}`;
  },
  intervalMs: 500,
  deadlineMs: 60_000,
  evidence: sh`cat ${subnetFile}; ip route; bridge fdb show dev flannel.1; ip neigh show dev flannel.1`,
});

/** What flannel is on a node, alone or in Canal: its share of the pods' network is there, and the way to all others. */
export function flannelNodeSteps({ part, inUse, agent, follows }: Manifest): readonly Step[] {
  const confFile = `10-${part}.conflist`;
  const subnet = nodeStep({
    id: `${part}/subnet`,
    summary: "flannel has the node's subnet: pods can get addresses",
    // A node that is slower than the others is not waited for before it is one.
    after: ["kubernetes/kubelet", `${part}/images`, `${part}/installed`, ...(follows === undefined ? [] : ["network/node"])],
    when: (_node, cluster) => inUse(cluster),
    facts: () => ({ subnet: existsFact([subnetFile]) }),
    check: ({ facts: { subnet } }) =>
      subnet.has(subnetFile) ? ok : { status: "change", changes: [{ what: "node", action: "look", target: subnetFile }] },
    apply: () => [],
    verify: ({ cluster, node }) => [
      {
        summary: "flannel has the node's subnet",
        script: sh`[ -e ${subnetFile} ]`,
        unmet: ({ code }) => (code === 0 ? null : "flannel has not written it yet"),
        intervalMs: 250,
        deadlineMs: 120_000,
        evidence: sh`ls -l /run/flannel /etc/cni/net.d; crictl ps -a --name kube-flannel`,
      },
      confFirst(cluster, confFile),
      ...(flannelIn(cluster)?.backend === "vxlan" ? [overlayReaches(node)] : []),
    ],
  });

  const peers = nodeStep({
    id: `${part}/peers`,
    summary: "flannel knows the way to every other node",
    after: [`${part}/pod`, { step: `${part}/subnet`, on: "every-node" }],
    when: (_node, cluster) => inUse(cluster),
    facts: () => ({ seen: flannelNodeFact }),
    kube: () => ({ leases: leasesFact, daemon: daemonFact(agent) }),
    check: ({ facts: { seen }, kube, cluster, node }) => {
      const backend = flannelIn(cluster)?.backend;
      if (kube === null || backend === undefined) return ok;
      const problems = leaseProblems(node.name, seen, kube.leases, backend);
      const changes = problems.map((one): Change => ({ what: "node", action: "look", target: one.of, detail: one.why }));
      const isDue = kube.daemon !== null && isStale(kube.daemon, node);
      const after: Change = { what: "node", action: "look", target: "every other node", detail: "after its restart" };
      return changeIf(changes.length > 0 ? changes : isDue ? [after] : []);
    },
    apply: ({ kube, cluster, node }) => {
      const backend = flannelIn(cluster)?.backend;
      if (kube === null || backend === undefined) return [];
      return [{ kind: "wait", condition: peersKnown(node, kube.leases, backend) }];
    },
  });
  return [subnet, peers];
}
