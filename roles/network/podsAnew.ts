import type { DaemonName } from "../../src/facts/daemonPods.ts";
import { sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import type { Action } from "../../src/role/action.ts";

/** Pods that were there before the node's agent have the network of before: whoever made them makes them again. Those of the host's network have none. */
export const podsAnew = (agent: DaemonName, node: NodeSpec): Action => ({
  kind: "wait",
  condition: {
    summary: `pods that stayed on ${node.name} are made anew`,
    where: "control-plane",
    script: sh`on=${`spec.nodeName=${node.name}`}
since=$(k -n ${agent.namespace} get pods -l ${agent.selector} --field-selector "$on" -o jsonpath='{.items[0].status.startTime}') && [ -n "$since" ] || exit 1
k get pods -A --field-selector "$on" -o jsonpath='{range .items[*]}{.metadata.namespace}|{.metadata.name}|{.spec.hostNetwork}|{.status.startTime}|{.status.phase}{"\\n"}{end}' |
awk -F'|' -v s="$since" '$3 != "true" && $4 != "" && $4 < s && $5 != "Succeeded" && $5 != "Failed"' |
while IFS='|' read -r ns pod rest; do k -n "$ns" delete pod "$pod" --wait=false >/dev/null 2>&1; echo "$ns/$pod"; done`,
    unmet: ({ code, stdout }) =>
      code !== 0
        ? "the API does not answer"
        : stdout.trim() === ""
          ? null
          : `still ending: ${stdout.trim().split("\n").join(", ")}`,
    intervalMs: 1_000,
    deadlineMs: 180_000,
    evidence: sh`k get pods -A -o wide --field-selector ${`spec.nodeName=${node.name}`}`,
  },
});
