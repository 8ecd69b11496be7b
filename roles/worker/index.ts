import { existsFact } from "../../src/facts/files.ts";
import { caFact, nodesFact } from "../../src/facts/kube.ts";
import { initialisedPath } from "../../src/kube/apiPrelude.ts";
import { isControlPlane } from "../../src/model/cluster.ts";
import { nodeStep, type Step } from "../../src/role/step.ts";
import { blocked, ok } from "../../src/role/verdict.ts";
import { joinActions, joinUnit } from "../kubernetes/join.ts";

/** A machine that only runs pods becomes a member, as soon as one control plane serves the API. */
export const worker: readonly Step[] = [
  nodeStep({
    id: "worker/join",
    summary: "the node is a member of the cluster",
    when: (node) => !isControlPlane(node),
    after: [
      { step: "control-plane/version", on: "first-control-plane" },
      "containerd/cni-plugins",
      "kubernetes/images",
      "kubernetes/kubelet-unit",
      "endpoint/proxy",
      { step: "control-plane/up", on: "first-control-plane" },
    ],
    facts: () => ({ marks: existsFact([initialisedPath]), joinUnit }),
    kube: () => ({ nodes: nodesFact, ca: caFact }),
    check: ({ facts: { marks }, kube, api, node }) => {
      const member = marks.has(initialisedPath);
      const known = kube?.nodes.some((one) => one.metadata.name === node.name) ?? false;
      if (member && (known || kube === null)) return ok;
      if (member)
        return blocked({
          code: "worker/not-a-member",
          message: "the machine was a node of this cluster, but the cluster does not know it any more",
          hint: "provision reset --node takes its traces away; then run up again",
        });
      if (api === "down")
        return blocked({
          code: "worker/api-down",
          message: "there is no API server to join",
          hint: "bring a control plane back first",
        });
      return {
        status: "change",
        changes: [
          {
            what: "node",
            action: "run",
            target: "node",
            detail: known ? "kubeadm join, in place of an earlier machine of this name" : "kubeadm join",
          },
        ],
      };
    },
    apply: (context) => {
      if (context.kube === null) throw new Error("worker/join is applied only after a control plane is up");
      return joinActions(context, {
        ca: context.kube.ca,
        stale: context.kube.nodes.some((one) => one.metadata.name === context.node.name),
        unit: context.facts.joinUnit,
      });
    },
  }),
];
