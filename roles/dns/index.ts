import { storePath } from "../../src/artifacts/storePath.ts";
import type { Fact } from "../../src/facts/fact.ts";
import { sh } from "../../src/host/sh.ts";
import { controlPlanes } from "../../src/model/cluster.ts";
import { artifactOf, imageOf } from "../../src/role/artifactOf.ts";
import { resourceStep } from "../../src/role/resource.ts";
import { clusterStep, type Dependency, type Step } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";
import { workloadReady } from "../cluster/workloadReady.ts";
import { corednsImage } from "../clusterImages.ts";
import { clusterConfig } from "../control-plane/config.ts";
import { networks } from "../networks.ts";

/** What the live Deployment runs; null when there is none. */
const liveImage: Fact<string | null> = {
  key: "kube coredns image",
  script: sh`k -n kube-system get deployment coredns --ignore-not-found -o jsonpath='{.spec.template.spec.containers[?(@.name=="coredns")].image}'`,
  parse: ({ stdout }) => (stdout.trim() === "" ? null : stdout.trim()),
};

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
    // A pod that starts before its network is there fails, and the kubelet tries again only after 10 to 15 s.
    after: [
      ...networks.flatMap(({ part, nodeReady }): readonly Dependency[] => [
        `${part}/installed`,
        ...(nodeReady === undefined ? [] : [{ step: nodeReady, on: "every-node" } as const]),
      ]),
      { step: "dns/image", on: "every-node" },
      { step: "control-plane/applied", on: "every-node" },
    ],
    kube: () => ({ image: liveImage }),
    check: ({ kube, ...target }) => {
      const live = kube?.image ?? null;
      const wanted = corednsImage(target);
      if (live === wanted) return ok;
      const object = { what: "object", target: "Deployment kube-system/coredns" } as const;
      return {
        status: "change",
        changes: [
          live === null ? { ...object, action: "create" } : { ...object, action: "update", detail: `${live} -> ${wanted}` },
        ],
      };
    },
    apply: ({ kube, ...target }) => {
      const [plane] = controlPlanes(target.cluster);
      if (plane === undefined) throw new Error("a cluster has a control plane");
      const kubeadm = `${storePath(artifactOf(target, "kubeadm", target.cluster.kubernetes.version))}/kubeadm`;
      return [
        {
          kind: "run",
          where: "control-plane",
          // The same phase installs and upgrades, and takes an older Corefile over: kubeadm's EnsureDNSAddon.
          summary: "kubeadm's add-on: CoreDNS",
          script: sh`${kubeadm} init phase addon coredns --config /dev/stdin --kubeconfig /etc/kubernetes/admin.conf >/dev/null`,
          stdin: `${clusterConfig(target)}---\n${target.render("control-plane/local.yaml", { address: plane.address, registration: {} })}`,
        },
        ...(kube?.image == null
          ? []
          : [{ kind: "wait", condition: workloadReady("deployment", "kube-system", "coredns") } as const]),
      ];
    },
  }),
];
