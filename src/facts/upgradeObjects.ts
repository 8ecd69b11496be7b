import { z } from "zod";
import { sh } from "../host/sh.ts";
import { type Fact, FactError, type FactReply } from "./fact.ts";
import { parseWorkloads, type Workload } from "./kube.ts";

function list<T>(key: string, what: string, item: z.ZodType<T>): (reply: FactReply) => readonly T[] {
  return ({ code, stdout }) => {
    if (code !== 0) throw new FactError(key, `the cluster does not tell its ${what}`, stdout.slice(0, 200));
    try {
      return z.object({ items: z.array(item) }).parse(JSON.parse(stdout)).items;
    } catch (error) {
      const seen = error instanceof z.ZodError ? z.prettifyError(error) : stdout;
      throw new FactError(key, `the cluster's ${what} are not understood`, seen.slice(0, 200));
    }
  };
}

const texts = z.record(z.string(), z.string()).default({});

const selector = z.object({
  matchLabels: texts,
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }))
    .default([]),
});
export type LabelSelector = z.infer<typeof selector>;

const budget = z.object({
  metadata: z.object({ namespace: z.string(), name: z.string() }),
  spec: z.object({
    /** Absent: no pod; empty: every pod of the namespace. */
    selector: selector.optional(),
    minAvailable: z.union([z.number(), z.string()]).optional(),
    maxUnavailable: z.union([z.number(), z.string()]).optional(),
  }),
  status: z.object({
    disruptionsAllowed: z.number().default(0),
    currentHealthy: z.number().default(0),
    desiredHealthy: z.number().default(0),
    expectedPods: z.number().default(0),
  }),
});
export type Budget = z.infer<typeof budget>;

/** PodDisruptionBudgets of all namespaces. */
export const budgetsFact: Fact<readonly Budget[]> = {
  key: "kube disruption budgets",
  script: sh`k get poddisruptionbudgets.v1.policy -A -o json`,
  parse: list("kube disruption budgets", "PodDisruptionBudgets", budget),
};

const volume = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    claimRef: z.object({ namespace: z.string().default(""), name: z.string().default("") }).optional(),
    local: z.object({ path: z.string() }).optional(),
    hostPath: z.object({ path: z.string() }).optional(),
  }),
});
export type VolumeSeen = z.infer<typeof volume>;

/** PersistentVolumes. */
export const volumesFact: Fact<readonly VolumeSeen[]> = {
  key: "kube volumes",
  script: sh`k get persistentvolumes -o json`,
  parse: list("kube volumes", "PersistentVolumes", volume),
};

/** DaemonSets, Deployments and StatefulSets of all namespaces. */
export const allWorkloadsFact: Fact<readonly Workload[]> = {
  key: "kube all workloads",
  script: sh`k get daemonsets,deployments,statefulsets -A -o json`,
  parse: parseWorkloads,
};
