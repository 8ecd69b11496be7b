import { existsFact } from "../../src/facts/files.ts";
import { keptName, keptObjectsFact } from "../../src/facts/keptObjects.ts";
import { sh } from "../../src/host/sh.ts";
import { retina as part, retinaPins } from "../../src/network/retina.ts";
import type { Condition } from "../../src/role/action.ts";
import { deleteObjects } from "../../src/role/objects/applyObjects.ts";
import { clusterStep, nodeStep } from "../../src/role/step.ts";
import { ok } from "../../src/role/verdict.ts";

/** Says that this tool brought Retina to the node: what is not its own is not taken away. */
export const markPath = "/etc/kubernetes/provision/retina";

/** Its agents take back what they hung on the node's interfaces, and their chart gives them 90 s for it. */
const gone: Condition = {
  summary: "Retina's agents have ended",
  where: "control-plane",
  script: sh`k -n kube-system get pods -l k8s-app=retina -o name`,
  unmet: ({ code, stdout }) => {
    if (code !== 0) return "the API does not answer";
    const left = stdout.trim();
    return left === "" ? null : `${left.split("\n").join(", ")} still there`;
  },
  intervalMs: 1_000,
  deadlineMs: 180_000,
  evidence: sh`k -n kube-system get pods -o wide -l k8s-app=retina`,
};

/** It only looks, so it may go at any time. Its kinds stay, as captures and settings of others may be there. */
export const absent = clusterStep({
  id: "retina/absent",
  summary: "Retina is not in the cluster unless the inventory asks for it",
  after: [{ step: "control-plane/up", on: "first-control-plane" }],
  kube: () => ({ kept: keptObjectsFact("retina") }),
  check: ({ kube, cluster }) =>
    part.inUse(cluster) || (kube?.kept ?? null) === null
      ? ok
      : {
          status: "change",
          changes: [
            {
              what: "object",
              action: "delete",
              target: "DaemonSet kube-system/retina-agent",
              detail: "and all that belongs to it",
            },
          ],
        },
  apply: () => [
    { kind: "run", where: "control-plane", summary: "take Retina away", script: deleteObjects("retina") },
    { kind: "wait", condition: gone },
    {
      kind: "run",
      where: "control-plane",
      summary: "forget what was kept of Retina",
      script: sh`k -n kube-system delete configmap ${keptName("retina")} --ignore-not-found >/dev/null`,
    },
  ],
});

/** Its tables in the kernel outlive its agents. */
export const cleared = nodeStep({
  id: "retina/cleared",
  summary: "nothing of Retina is on the node",
  after: ["retina/absent", "kubernetes/store"],
  when: (_node, cluster) => !part.inUse(cluster),
  facts: () => ({ marks: existsFact([markPath]) }),
  check: ({ facts: { marks } }) =>
    marks.has(markPath)
      ? {
          status: "change",
          changes: [{ what: "file", action: "delete", target: retinaPins[0], detail: "and what else is Retina's" }],
        }
      : ok,
  apply: () => [...retinaPins, markPath].map((path) => ({ kind: "delete", path }) as const),
});
