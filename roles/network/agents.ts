import type { DaemonName } from "../../src/facts/daemonPods.ts";
import { type Script, sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import type { Action } from "../../src/role/action.ts";

const podOf = (agent: DaemonName, node: NodeSpec): Script =>
  sh`k -n ${agent.namespace} get pods -l ${agent.selector} --field-selector ${`spec.nodeName=${node.name}`} -o jsonpath='{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{.metadata.deletionTimestamp}{"\\n"}{end}'`;

export const agentGone = (agent: DaemonName, node: NodeSpec): Action => ({
  kind: "wait",
  condition: {
    summary: `${agent.name} has left ${node.name}`,
    where: "control-plane",
    script: podOf(agent, node),
    unmet: ({ code, stdout }) =>
      code !== 0 ? "the API does not answer" : stdout.trim() === "" ? null : "its pod is still ending",
    intervalMs: 500,
    deadlineMs: 120_000,
  },
});

export const agentReady = (agent: DaemonName, node: NodeSpec): Action => ({
  kind: "wait",
  condition: {
    summary: `${agent.name} of ${node.name} is ready`,
    where: "control-plane",
    script: podOf(agent, node),
    unmet: ({ code, stdout }) => {
      if (code !== 0) return "the API does not answer";
      return stdout.trim() === "True" ? null : stdout.trim() === "" ? "its pod is not there yet" : "its pod is not ready yet";
    },
    intervalMs: 500,
    deadlineMs: 180_000,
    evidence: sh`k -n ${agent.namespace} get pods -o wide -l ${agent.selector} --field-selector ${`spec.nodeName=${node.name}`}; k -n ${agent.namespace} get events --sort-by=.lastTimestamp | tail -n 10`,
  },
});
