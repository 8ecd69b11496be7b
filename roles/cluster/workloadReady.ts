import { workloadUnmet } from "../../src/facts/kube.ts";
import { sh } from "../../src/host/sh.ts";
import type { Condition } from "../../src/role/action.ts";

/** All pods of a DaemonSet or Deployment run its newest revision and are ready. */
export const workloadReady = (kind: "daemonset" | "deployment", namespace: string, name: string): Condition => ({
  summary: `${kind} ${namespace}/${name} is ready`,
  where: "control-plane",
  script: sh`k -n ${namespace} rollout status ${`${kind}/${name}`} --timeout=8s >/dev/null 2>&1; k -n ${namespace} get ${kind} ${name} -o json`,
  unmet: workloadUnmet,
  intervalMs: 500,
  deadlineMs: 300_000,
  evidence: sh`k -n ${namespace} get pods -o wide; k -n ${namespace} get events --sort-by=.lastTimestamp | tail -n 10`,
});
