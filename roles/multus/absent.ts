import type { Fact } from "../../src/facts/fact.ts";
import { existsFact } from "../../src/facts/files.ts";
import { keptName, keptObjectsFact } from "../../src/facts/keptObjects.ts";
import { sh } from "../../src/host/sh.ts";
import { clearAway } from "../../src/network/clearAway.ts";
import { multus, multusOwns } from "../../src/network/multus.ts";
import { partLabel } from "../../src/role/objects/overlay.ts";
import { clusterStep, nodeStep } from "../../src/role/step.ts";
import { blocked, ok } from "../../src/role/verdict.ts";
import { markPath } from "./conf.ts";

const own = `${partLabel}=multus`;
const definitions = "network-attachment-definitions.k8s.cni.cncf.io";

/** Pods that ask for more interfaces, as "namespace/name"; asked only while this tool's Multus is there. */
const usersFact: Fact<readonly string[]> = {
  key: "kube multus users",
  script: sh`[ -n "$(k -n kube-system get configmap ${keptName("multus")} --ignore-not-found -o name)" ] || exit 0
k get pods -A -o jsonpath='{range .items[?(@.metadata.annotations.k8s\\.v1\\.cni\\.cncf\\.io/networks)]}{.metadata.namespace}/{.metadata.name}{"\\n"}{end}'`,
  parse: ({ stdout }) => stdout.split("\n").filter((line) => line !== ""),
};
const nobodyFact: Fact<readonly string[]> = { key: "no multus users", script: sh`:`, parse: () => [] };

/** The way out: Multus is no longer in the inventory. */
const objects = clusterStep({
  id: "multus/absent",
  summary: "Multus is not in the cluster unless the inventory asks for it",
  after: [{ step: "control-plane/up", on: "first-control-plane" }],
  kube: ({ cluster }) => ({ kept: keptObjectsFact("multus"), users: multus.inUse(cluster) ? nobodyFact : usersFact }),
  check: ({ kube, cluster }) => {
    if (multus.inUse(cluster) || (kube?.kept ?? null) === null) return ok;
    const users = kube?.users ?? [];
    if (users.length > 0)
      return blocked({
        code: "multus/in-use",
        message: `${users.length} pods have interfaces from Multus, which the inventory no longer has`,
        seen: `${users.slice(0, 5).join(", ")}${users.length > 5 ? ", …" : ""}`,
        hint: "take the annotation k8s.v1.cni.cncf.io/networks off what makes them, or delete them: without Multus nobody gives their addresses back",
      });
    return {
      status: "change",
      changes: [
        {
          what: "object",
          action: "delete",
          target: "DaemonSet kube-system/kube-multus-ds",
          detail: "and all that belongs to it",
        },
      ],
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

/** Pods in the making wait for Multus' plug-in until its configuration is gone; then they get the default network from its own. */
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
          changes: [{ what: "file", action: "delete", target: "/etc/cni/net.d/00-multus.conf", detail: "and Multus' programs" }],
        }
      : ok,
  apply: () => [
    { kind: "run", summary: "take away Multus' files", script: clearAway(multusOwns) },
    { kind: "delete", path: markPath },
  ],
});

export const absent = [objects, files] as const;
