import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { sh } from "../host/sh.ts";
import { type Fact, FactError, type FactReply } from "./fact.ts";

/** Kubernetes objects as JSON, read leniently: what this program uses must be there, the rest may be anything. */
function objects<T>(key: string, schema: z.ZodType<T>): (reply: FactReply) => readonly T[] {
  return ({ code, stdout }) => {
    if (code !== 0) throw new FactError(key, `the cluster did not answer the question for ${key}`, stdout.slice(0, 200));
    const parsed = z.object({ items: z.array(schema) }).safeParse(parseJson(key, stdout));
    if (!parsed.success)
      throw new FactError(key, `the cluster's answer for ${key} is not understood`, z.prettifyError(parsed.error));
    return parsed.data.items;
  };
}

function parseJson(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FactError(key, `the cluster's answer for ${key} is not JSON`, text.slice(0, 200));
  }
}

const texts = z.record(z.string(), z.string()).default({});

const nodeSchema = z.object({
  metadata: z.object({ name: z.string(), labels: texts, annotations: texts }),
  spec: z.object({
    unschedulable: z.boolean().default(false),
    taints: z.array(z.object({ key: z.string(), value: z.string().default(""), effect: z.string() })).default([]),
  }),
  status: z.object({
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), reason: z.string().default(""), message: z.string().default("") }))
      .default([]),
    addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
    nodeInfo: z.object({
      kubeletVersion: z.string(),
      containerRuntimeVersion: z.string(),
      kernelVersion: z.string(),
      osImage: z.string(),
    }),
  }),
});
export type KubeNode = z.infer<typeof nodeSchema>;

/** Of a node or a pod, by its conditions. */
export const isReady = (conditions: readonly { readonly type: string; readonly status: string }[]): boolean =>
  conditions.some((one) => one.type === "Ready" && one.status === "True");

export const nodesFact: Fact<readonly KubeNode[]> = {
  key: "kube nodes",
  script: sh`k get nodes -o json`,
  parse: objects("nodes", nodeSchema),
};

const workloadSchema = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string(), annotations: texts, generation: z.number().default(0) }),
  spec: z.object({ replicas: z.number().optional() }),
  status: z.object({
    observedGeneration: z.number().default(0),
    desiredNumberScheduled: z.number().optional(),
    numberReady: z.number().optional(),
    updatedNumberScheduled: z.number().optional(),
    availableReplicas: z.number().default(0),
    replicas: z.number().default(0),
  }),
});
export type Workload = z.infer<typeof workloadSchema>;

/** A list printed by `kubectl get … -o json`. Throws FactError on what is not one. */
export const parseWorkloads: (reply: FactReply) => readonly Workload[] = objects("workloads", workloadSchema);

/** DaemonSets and Deployments of all namespaces. */
export const workloadsFact: Fact<readonly Workload[]> = {
  key: "kube workloads",
  script: sh`k get daemonsets,deployments -A -o json`,
  parse: parseWorkloads,
};

/** Why the workload printed by `kubectl get … -o json` is not whole yet; null when it is. `none`: a DaemonSet may have no node. */
export function workloadUnmet({ code, stdout }: FactReply, none = false): string | null {
  if (code !== 0) return "it is not there";
  const parsed = workloadSchema.safeParse(parseJson("workload", stdout));
  if (!parsed.success) return "its state is not understood";
  const { status, metadata } = parsed.data;
  const hasNone = status.desiredNumberScheduled === 0 && status.observedGeneration >= metadata.generation;
  return none && hasNone ? null : notWhole(parsed.data);
}

/** Why a workload is not whole yet; null when it is. */
export function notWhole(workload: Workload): string | null {
  const { status, metadata } = workload;
  const wanted = workload.kind === "DaemonSet" ? (status.desiredNumberScheduled ?? 0) : (workload.spec.replicas ?? 1);
  const there = workload.kind === "DaemonSet" ? (status.numberReady ?? 0) : status.availableReplicas;
  if (status.observedGeneration < metadata.generation) return `${metadata.name}: its change is not seen by its controller yet`;
  return there >= wanted && (wanted > 0 || workload.kind !== "DaemonSet")
    ? null
    : `${metadata.name}: ${there} of ${wanted} ready`;
}

/** Signing requests of kubelets for their serving certificates that wait for an answer: node name -> count. Parsed in full before any approval. */
export const pendingRequestsFact: Fact<ReadonlyMap<string, number>> = {
  key: "kube csr",
  script: sh`k get csr -o json`,
  parse: (reply) => {
    const schema = z.object({
      spec: z.object({ signerName: z.string(), username: z.string().default("") }),
      status: z.object({ conditions: z.array(z.unknown()).default([]) }).default({ conditions: [] }),
    });
    const pending = new Map<string, number>();
    for (const { spec, status } of objects("certificate requests", schema)(reply)) {
      const node = /^system:node:(.+)$/.exec(spec.username)?.[1];
      if (spec.signerName === "kubernetes.io/kubelet-serving" && node !== undefined && status.conditions.length === 0)
        pending.set(node, (pending.get(node) ?? 0) + 1);
    }
    return pending;
  },
};

/** The cluster CA's certificate, PEM. */
export const caFact: Fact<string> = {
  key: "kube ca",
  script: sh`cat /etc/kubernetes/pki/ca.crt`,
  parse: ({ stdout }) => {
    try {
      return new X509Certificate(stdout).toString();
    } catch {
      throw new FactError("kube ca", "the cluster's CA certificate is not understood", stdout.slice(0, 60));
    }
  },
};

/** Data of one ConfigMap of kube-system; null when there is none. */
export function configMapFact(name: string): Fact<Readonly<Record<string, string>> | null> {
  const key = `kube configmap ${name}`;
  return {
    key,
    script: sh`k -n kube-system get configmap ${name} -o json --ignore-not-found`,
    parse: ({ stdout }) => {
      if (stdout.trim() === "") return null;
      const parsed = z.object({ data: texts }).safeParse(parseJson(key, stdout));
      if (!parsed.success) throw new FactError(key, `ConfigMap ${name} is not understood`, z.prettifyError(parsed.error));
      return parsed.data.data;
    },
  };
}
