import { workloadsFact } from "../../src/facts/kube.ts";
import { sh } from "../../src/host/sh.ts";
import { controlPlanes } from "../../src/model/cluster.ts";
import { imageOf } from "../../src/role/artifactOf.ts";
import { resourceStep } from "../../src/role/resource.ts";
import { clusterStep, type Step } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";
import { corednsImage } from "../clusterImages.ts";
import { clusterConfig } from "../control-plane/config.ts";

/** Cluster DNS: kubeadm's own add-on. */
export const dns: readonly Step[] = [
  resourceStep({
    id: "dns/image",
    summary: "cluster DNS's image is on the node",
    stage: true,
    after: ["kubernetes/images"],
    resources: (target) => [imageOf(target, corednsImage(target))],
  }),
  clusterStep({
    id: "dns/installed",
    summary: "cluster DNS is installed",
    // A pod that starts before flannel has its subnet fails, and the kubelet tries again only after 10 to 15 s.
    after: ["flannel/installed", { step: "flannel/subnet", on: "every-node" }],
    kube: () => ({ workloads: workloadsFact }),
    check: ({ kube }) =>
      kube?.workloads.some(
        (one) => one.kind === "Deployment" && one.metadata.namespace === "kube-system" && one.metadata.name === "coredns",
      )
        ? ok
        : { status: "change", changes: [{ what: "object", action: "create", target: "Deployment kube-system/coredns" }] },
    apply: (target) => {
      const [plane] = controlPlanes(target.cluster);
      if (plane === undefined) throw new Error("a cluster has a control plane");
      return [
        {
          kind: "run",
          where: "control-plane",
          summary: "kubeadm's add-on: CoreDNS",
          script: sh`kubeadm init phase addon coredns --config /dev/stdin --kubeconfig /etc/kubernetes/admin.conf >/dev/null`,
          stdin: `${clusterConfig(target)}---\n${target.render("control-plane/local.yaml", { address: plane.address, registration: {} })}`,
        },
      ];
    },
  }),
];
