import { sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import type { Condition } from "../../src/role/action.ts";

/** The Node's Ready condition is True. */
export const nodeReady = (node: NodeSpec): Condition => ({
  summary: `${node.name} is Ready`,
  where: "control-plane",
  // Waiting on the node's side, with a watch, answers sooner than asking often and costs nothing meanwhile.
  script: sh`k wait --for=condition=Ready ${`node/${node.name}`} --timeout=8s >/dev/null 2>&1; k get node ${node.name} -o jsonpath='{range .status.conditions[?(@.type=="Ready")]}{.status} {.reason}: {.message}{end}'`,
  unmet: ({ code, stdout }) =>
    code !== 0 ? "not in the cluster yet" : stdout.startsWith("True") ? null : stdout.slice(stdout.indexOf(" ") + 1),
  intervalMs: 500,
  deadlineMs: 300_000,
  evidence: sh`k get pods -A -o wide --field-selector ${`spec.nodeName=${node.name}`}`,
});
