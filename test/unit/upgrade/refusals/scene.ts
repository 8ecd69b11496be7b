import type { FactReply } from "../../../../src/facts/fact.ts";
import { sampleCluster } from "../../sampleCluster.ts";
import { ca, leaf } from "./certificates.ts";

export interface PodSaid {
  readonly name: string;
  readonly node: string;
  readonly namespace?: string;
  readonly phase?: string;
  readonly ready?: string;
  readonly mirror?: boolean;
  readonly image?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** null: nothing makes it again. */
  readonly owner?: string | null;
  readonly volumes?: readonly object[];
}

export interface NodeSaid {
  kubelet: string;
  ready: string;
  runtime: string;
  annotations: Record<string, string>;
}

/** A healthy cluster of one control plane and two workers on 1.35.4, in the words of its API and machines; tests spoil what they are about. */
export function healthy(controlPlanes = 1) {
  const cluster = sampleCluster({ controlPlanes, workers: 2 });
  const names = cluster.nodes.map(({ name }) => name);
  const planes = names.filter((name) => name.startsWith("cp-"));
  const node = (): NodeSaid => ({ kubelet: "v1.35.4", ready: "True", runtime: "containerd://2.2.7", annotations: {} });
  return {
    cluster,
    from: "1.35.4",
    to: "1.36.4",
    etcdWanted: "3.6.8-0",
    /** Seconds since 1970: 2027-01-01. */
    now: 1_798_761_600,
    draining: new Set(names),
    staging: new Set(names),
    nodes: new Map(names.map((name) => [name, node()])),
    planes: new Map(
      planes.map((name) => [
        name,
        { "kube-apiserver": "v1.35.4", "kube-controller-manager": "v1.35.4", "kube-scheduler": "v1.35.4" } as Record<
          string,
          string
        >,
      ]),
    ),
    proxies: new Map(names.map((name) => [name, "v1.35.4"])),
    pods: [] as PodSaid[],
    /** Names of static pods that are not there, "<component>@<node>". */
    missing: new Set<string>(),
    etcd: planes.map((_, index) => ({
      endpoint: `https://10.77.0.${11 + index}:2379`,
      version: "3.6.6",
      leader: 7,
      more: {} as object,
    })),
    etcdReply: null as FactReply | null,
    workloads: [workload("DaemonSet", "kube-system/kube-proxy", names.length), workload("Deployment", "kube-system/coredns", 2)],
    budgets: [] as object[],
    volumes: [] as object[],
    metrics: "",
    /** Reply to a list of an API version, by its path. */
    raw: new Map<string, FactReply>(),
    certificates: new Map<string, string>([
      ["cp-1", `file=/etc/kubernetes/pki/ca.crt\n${ca}file=/etc/kubernetes/pki/apiserver.crt\n${leaf}`],
    ]),
    room: new Map<string, string>(),
    options: new Map<string, string>(),
    underWay: new Map<string, string>(),
  };
}
export type Scene = ReturnType<typeof healthy>;

export const workload = (kind: string, name: string, replicas: number, there = replicas): object => ({
  kind,
  metadata: { namespace: name.split("/")[0], name: name.split("/")[1], generation: 1 },
  spec: kind === "DaemonSet" ? {} : { replicas },
  status: { observedGeneration: 1, desiredNumberScheduled: replicas, numberReady: there, availableReplicas: there },
});

export const budget = (name: string, spec: object, status: object): object => ({
  metadata: { namespace: "shop", name },
  spec: { selector: { matchLabels: { app: "web" } }, ...spec },
  status,
});
