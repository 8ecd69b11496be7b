import { existsFact } from "../../src/facts/files.ts";
import { keptName } from "../../src/facts/keptObjects.ts";
import { sh } from "../../src/host/sh.ts";
import { clearAway } from "../../src/network/clearAway.ts";
import { multus, multusOwns } from "../../src/network/multus.ts";
import { factsIf } from "../../src/role/factsIf.ts";
import { partLabel } from "../../src/role/objects/overlay.ts";
import { clusterStep, nodeStep } from "../../src/role/step.ts";
import { blocked, type Change, changeIf, ok } from "../../src/role/verdict.ts";
import { apiAnswers } from "../cluster/nodePod.ts";
import { markPath } from "./conf.ts";
import { confFolder } from "./confFiles.ts";
import { definitions, leftFact } from "./leftFact.ts";

const own = `${partLabel}=multus`;
const confFiles = multusOwns.confFiles.map((name) => `${confFolder}/${name}`);
/** Networks that pods have anyway, as their own plug-ins name them: flannel, Calico and Canal, Cilium. */
const ofDefaults = new Set(["cbr0", "k8s-pod-network", "cilium"]);
const leaseFolder = "/var/lib/cni/networks";

/**
 * The way out, first part. While the daemon still runs: pods that start get the default network from its own plug-in, and pods that end
 * give their addresses back to it. Without the daemon, Multus' plug-in would let the first wait and forget the others.
 */
const aside = nodeStep({
  id: "multus/aside",
  summary: "pods of the node get no interfaces from Multus",
  after: [{ step: "control-plane/up", on: "first-control-plane" }, "kubernetes/store"],
  when: (_node, cluster) => !multus.inUse(cluster),
  facts: () => ({ files: existsFact([markPath, ...confFiles]) }),
  kube: ({ cluster }) => factsIf(!multus.inUse(cluster), { left: leftFact }),
  check: ({ facts: { files } }) =>
    files.has(markPath)
      ? changeIf(
          confFiles.filter((path) => files.has(path)).map((path): Change => ({ what: "file", action: "delete", target: path })),
        )
      : ok,
  apply: ({ kube }) =>
    kube === null
      ? [{ kind: "wait", condition: apiAnswers }]
      : [
          {
            kind: "run",
            summary: "take Multus out of /etc/cni/net.d, and its networks' lists of addresses with it",
            // Nobody has an address of them: the plan is blocked while a pod asks for one.
            script: sh`rm -f ${confFiles}
for n in ${kube.left.networks.filter((name) => !ofDefaults.has(name))}; do rm -rf ${leaseFolder}/"$n"; done; true`,
          },
        ],
});

/** Second part: its objects. */
const objects = clusterStep({
  id: "multus/absent",
  summary: "Multus is not in the cluster unless the inventory asks for it",
  after: [
    { step: "control-plane/up", on: "first-control-plane" },
    { step: "multus/aside", on: "every-node" },
  ],
  kube: ({ cluster }) => factsIf(!multus.inUse(cluster), { left: leftFact }),
  check: ({ kube, cluster }) => {
    if (multus.inUse(cluster) || kube?.left.there !== true) return ok;
    const { users } = kube.left;
    if (users.length > 0)
      return blocked({
        code: "multus/in-use",
        message: `${users.length} pods have interfaces from Multus, which the inventory no longer has`,
        seen: `${users.slice(0, 5).join(", ")}${users.length > 5 ? ", …" : ""}`,
        hint: "take the annotation k8s.v1.cni.cncf.io/networks off what makes them, or delete them: without Multus nobody gives their addresses back",
      });
    const detail = "and all that belongs to it";
    return {
      status: "change",
      changes: [{ what: "object", action: "delete", target: "DaemonSet kube-system/kube-multus-ds", detail }],
    };
  },
  apply: () => [
    {
      kind: "run",
      where: "control-plane",
      summary: "take Multus and this tool's NetworkAttachmentDefinitions away",
      // The kind stays while anybody else has such objects: they would go with it.
      script: sh`set -e
if [ -n "$(k get crd ${definitions} --ignore-not-found -o name)" ]; then
  k delete ${definitions} -A -l ${own} >/dev/null
  [ -n "$(k get ${definitions} -A -o name)" ] || k delete crd ${definitions} --timeout=10s >/dev/null
fi
k -n kube-system delete daemonset kube-multus-ds --ignore-not-found --cascade=foreground --timeout=25s >/dev/null`,
    },
    {
      kind: "run",
      where: "control-plane",
      summary: "take Multus' accounts and settings away",
      script: sh`k delete configmaps,serviceaccounts,clusterroles,clusterrolebindings -A -l ${own} >/dev/null &&
k -n kube-system delete configmap ${keptName("multus")} --ignore-not-found >/dev/null`,
    },
  ],
});

/** Third part: what nobody runs any more. */
const files = nodeStep({
  id: "multus/cleared",
  summary: "nothing of Multus is on the node",
  after: ["multus/absent", "kubernetes/store"],
  when: (_node, cluster) => !multus.inUse(cluster),
  facts: () => ({ marks: existsFact([markPath]) }),
  check: ({ facts: { marks } }) =>
    marks.has(markPath)
      ? {
          status: "change",
          changes: [{ what: "file", action: "delete", target: "/opt/cni/bin/multus*", detail: "and its folders" }],
        }
      : ok,
  apply: () => [
    { kind: "run", summary: "take away Multus' files", script: clearAway(multusOwns) },
    { kind: "delete", path: markPath },
  ],
});

export const absent = [aside, objects, files] as const;
