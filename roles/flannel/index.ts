import { existsFact } from "../../src/facts/files.ts";
import { sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import type { Condition } from "../../src/role/action.ts";
import { nodeStep, type Step } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";
import { manifestSteps } from "../cluster/manifestSteps.ts";
import { flannelManifest } from "./manifest.ts";

/** Written by flanneld once it has its lease; flannel's CNI plug-in fails without it. */
const subnetFile = "/run/flannel/subnet.env";

/** Another machine reaches this one through the pod network: its first pod address belongs to the node itself. */
const overlayReaches = (node: NodeSpec): Condition => ({
  summary: `${node.name} is reached through the pod network`,
  where: "control-plane",
  script: sh`cidr=$(k get node ${node.name} -o jsonpath='{.spec.podCIDR}'); [ -n "$cidr" ] || exit 3
timeout 3 bash -c "exec 3<>/dev/tcp/\${cidr%/*}/10250"`,
  unmet: ({ code }) =>
    code === 0 ? null : code === 3 ? "it has no pod addresses" : "its kubelet does not answer on its pod network address",
  intervalMs: 500,
  deadlineMs: 60_000,
});

/** The flannel network from its own release manifest. */
export const flannel: readonly Step[] = [
  ...manifestSteps(flannelManifest),
  nodeStep({
    id: "flannel/subnet",
    summary: "flannel has the node's subnet: pods can get addresses",
    after: ["flannel/installed"],
    when: (_node, cluster) => cluster.network.cni.name === "flannel",
    facts: () => ({ subnet: existsFact([subnetFile]) }),
    check: ({ facts: { subnet } }) =>
      subnet.has(subnetFile) ? ok : { status: "change", changes: [{ what: "node", action: "look", target: subnetFile }] },
    apply: () => [],
    verify: ({ cluster: { network }, node }) => [
      {
        summary: "flannel has the node's subnet",
        script: sh`[ -e ${subnetFile} ]`,
        unmet: ({ code }) => (code === 0 ? null : "flannel has not written it yet"),
        intervalMs: 250,
        deadlineMs: 120_000,
        evidence: sh`ls -l /run/flannel /etc/cni/net.d; crictl ps -a --name kube-flannel`,
      },
      ...(network.cni.name === "flannel" && network.cni.backend === "vxlan" ? [overlayReaches(node)] : []),
    ],
  }),
];
