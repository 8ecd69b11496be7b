import { type Daemon, type DaemonName, daemonFact } from "../../src/facts/daemonPods.ts";
import type { FactReply } from "../../src/facts/fact.ts";
import { sh } from "../../src/host/sh.ts";
import type { NodeSpec } from "../../src/model/cluster.ts";
import type { Action, Condition } from "../../src/role/action.ts";
import type { Verdict } from "../../src/role/verdict.ts";

/** The node's pod was made from an older template than the DaemonSet's own. A node that has none yet will get the newest. */
export function isStale({ observed, newest, pods }: Daemon, { name }: NodeSpec): boolean {
  const own = pods.filter((pod) => pod.node === name);
  return own.length > 0 && (!observed || own.some((pod) => pod.revision !== newest));
}

/** Whether the pod is due is known when the API answers again. */
export const apiIsDown = ({ namespace, name }: DaemonName): Verdict => ({
  status: "change",
  changes: [
    {
      what: "node",
      action: "look",
      target: `pod ${namespace}/${name}`,
      detail: "the API server does not answer now; looked at again when it does",
    },
  ],
});

/** Before a way back: what failed may be the API's own short absence, which must not be the end of it. */
export const apiAnswers: Condition = {
  summary: "the API answers",
  where: "control-plane",
  script: sh`k get --raw /readyz >/dev/null`,
  unmet: ({ code }) => (code === 0 ? null : "its server is not ready"),
  intervalMs: 1_000,
  deadlineMs: 180_000,
};

/**
 * Ends the node's pod when it is not of the newest template; its DaemonSet (updateStrategy OnDelete) makes the new one, which must
 * become Ready. Each look ends what is old anew: the API server of a node whose kubelet has just been restarted may go away between
 * question and answer, and then nothing is lost but a look.
 */
export const replacePod = (of: DaemonName, node: NodeSpec): readonly Action[] => [
  {
    kind: "wait",
    condition: {
      summary: `${of.name} of ${node.name} is of the newest revision and ready`,
      where: "control-plane",
      script: sh`new=$(k -n ${of.namespace} get controllerrevisions -l ${of.selector} -o jsonpath='{range .items[*]}{.revision} {.metadata.labels.controller-revision-hash}{"\\n"}{end}' | sort -n | tail -n 1 | cut -d ' ' -f 2)
[ -n "$new" ] && k -n ${of.namespace} delete pods -l ${`${of.selector},controller-revision-hash!=`}"$new" --field-selector ${`spec.nodeName=${node.name}`} --wait=false >/dev/null
${daemonFact(of).script}`,
      unmet: (reply) => notReplaced(of, node, reply),
      intervalMs: 500,
      deadlineMs: 180_000,
      evidence: sh`k -n ${of.namespace} get pods -o wide -l ${of.selector} --field-selector ${`spec.nodeName=${node.name}`}; k -n ${of.namespace} get events --sort-by=.lastTimestamp | tail -n 10`,
    },
  },
];

/**
 * Pods of an earlier template that are not ready do nothing that a turn could spare: they are ended at once. Otherwise settings that no pod
 * can start with would never be mended, since turns begin when the DaemonSet is whole.
 */
export const endBroken = (of: DaemonName): Action => ({
  kind: "wait",
  condition: {
    summary: `no pod of ${of.name} stays broken with settings of before`,
    where: "control-plane",
    script: sh`rows=$(${daemonFact(of).script}) || exit 1
new=$(echo "$rows" | awk -F'|' '$1 == "rev" && $2 + 0 >= n + 0 {n = $2; h = $3} END {print h}')
echo "$rows" | awk -F'|' -v new="$new" '$1 == "pod" && $4 != new && $5 != "True" && $6 == "" {print $2}' | while read -r pod; do k -n ${of.namespace} delete pod "$pod" --wait=false >/dev/null; done
echo "$rows"`,
    unmet: ({ code, stdout }) => {
      if (code !== 0) return "the API does not answer";
      const daemon = daemonFact(of).parse({ code, stdout });
      if (daemon === null) return "it is not there";
      if (!daemon.observed) return "its change is not seen by its controller yet";
      const broken = daemon.pods.filter((pod) => pod.revision !== daemon.newest && !pod.ready);
      return broken.length === 0 ? null : `${broken.map(({ name }) => name).join(", ")} ends`;
    },
    intervalMs: 500,
    deadlineMs: 120_000,
    evidence: sh`k -n ${of.namespace} get pods -o wide -l ${of.selector}`,
  },
});

/** Why the node's pod is not yet the newest and Ready, or an earlier one is left; null when all is well. */
function notReplaced(of: DaemonName, node: NodeSpec, { code, stdout }: FactReply): string | null {
  if (code !== 0) return "the API does not answer";
  const daemon = daemonFact(of).parse({ code, stdout });
  if (daemon === null) return "it is not there";
  if (!daemon.observed) return "its change is not seen by its controller yet";
  const own = daemon.pods.filter((pod) => pod.node === node.name);
  if (own.length === 0) return "the new pod is not there yet";
  if (own.some((pod) => pod.leaving || pod.revision !== daemon.newest)) return "the old pod is still ending";
  return own.every((pod) => pod.ready) ? null : "the new pod is not ready yet";
}
