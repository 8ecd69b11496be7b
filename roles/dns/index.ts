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
import { dnsDeployment } from "./deployment.ts";

interface LiveDns {
  readonly image: string;
  /** Of what this tool made it, "" when it did not. */
  readonly digest: string;
}

/** The live Deployment; null when there is none. */
const liveDns: Fact<LiveDns | null> = {
  key: "kube coredns",
  script: sh`k -n kube-system get deployment coredns --ignore-not-found -o jsonpath='{.spec.template.spec.containers[?(@.name=="coredns")].image}|{.metadata.annotations.provision/digest}'`,
  parse: ({ stdout }) => {
    const [image = "", digest = ""] = stdout.trim().split("|");
    return image === "" ? null : { image, digest };
  },
};

/** Only there while kubeadm reads it. */
const patches = "/run/provision/dns-patches";

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
    kube: () => ({ dns: liveDns }),
    check: ({ kube, ...target }) => {
      const live = kube?.dns ?? null;
      const wanted = dnsDeployment(target);
      if (live?.digest === wanted.digest && live.image === wanted.image) return ok;
      const object = { what: "object", target: "Deployment kube-system/coredns" } as const;
      const detail = live?.image === wanted.image ? "its security context" : `${live?.image} -> ${wanted.image}`;
      return {
        status: "change",
        changes: [live === null ? { ...object, action: "create" } : { ...object, action: "update", detail }],
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
          script: sh`rm -rf ${patches} && mkdir -p ${patches} && printf %s ${dnsDeployment(target).patch} >${patches}/corednsdeployment+strategic.json && ${kubeadm} init phase addon coredns --config /dev/stdin --kubeconfig /etc/kubernetes/admin.conf >/dev/null && rm -rf ${patches}`,
          stdin: `${clusterConfig(target)}---\n${target.render("dns/local.yaml", { address: plane.address, patches })}`,
        },
        ...(kube?.dns == null
          ? []
          : [{ kind: "wait", condition: workloadReady("deployment", "kube-system", "coredns") } as const]),
      ];
    },
  }),
];
