import { workloadUnmet } from "../../src/facts/kube.ts";
import { sh } from "../../src/host/sh.ts";
import type { Condition } from "../../src/role/action.ts";

/**
 * As many pods of a DaemonSet or Deployment are ready as there should be, and the newest change is seen; of a Deployment, all are of
 * its newest revision. A DaemonSet's are replaced by steps of the nodes, so here they may be of any.
 * `none`: it may have no node yet.
 */
export const workloadReady = (kind: "daemonset" | "deployment", namespace: string, name: string, none = false): Condition => ({
  summary: `${kind} ${namespace}/${name} is ready`,
  where: "control-plane",
  script:
    kind === "deployment"
      ? sh`k -n ${namespace} rollout status ${`deployment/${name}`} --timeout=8s >/dev/null 2>&1; k -n ${namespace} get deployment ${name} -o json`
      : // kubectl has no roll-out status of updateStrategy OnDelete. A watch of its own costs less than asking often.
        sh`n=$(k -n ${namespace} get daemonset ${name} -o jsonpath='{.status.desiredNumberScheduled}')
k -n ${namespace} wait ${`daemonset/${name}`} --for=jsonpath='{.status.numberReady}'="$n" --timeout=8s >/dev/null 2>&1
k -n ${namespace} get daemonset ${name} -o json`,
  unmet: (reply) => workloadUnmet(reply, none),
  intervalMs: 500,
  deadlineMs: 300_000,
  evidence: sh`k -n ${namespace} get pods -o wide; k -n ${namespace} get events --sort-by=.lastTimestamp | tail -n 10`,
});
