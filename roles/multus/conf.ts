import { existsFact } from "../../src/facts/files.ts";
import { sh } from "../../src/host/sh.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import { ciliumRenamed, multus, multusOf } from "../../src/network/multus.ts";
import type { Action } from "../../src/role/action.ts";
import { resourceStep } from "../../src/role/resource.ts";
import { file } from "../../src/role/resources/file.ts";
import { nodeStep } from "../../src/role/step.ts";
import { type Change, changeIf } from "../../src/role/verdict.ts";
import { networks } from "../networks.ts";
import { confFolder, confName, confNames, waitingConf, waitingName } from "./confFiles.ts";
import { multusGates } from "./gates.ts";

/** Says that this tool brought Multus to the node: what is not its own is not taken away. */
export const markPath = "/etc/kubernetes/provision/multus";

/** Files of the other kind, which nothing needs any more. */
const others = (cluster: ClusterSpec): readonly string[] =>
  multusOf(cluster).kind === "thick" ? ["/opt/cni/bin/multus"] : ["/opt/cni/bin/multus-shim", `${confFolder}/${waitingName}`];

/** By an agent of Cilium from before Multus came; the one that runs now leaves others' files alone. */
const namedBack: Action = {
  kind: "run",
  summary: "give Multus' file its name back where Cilium renamed it",
  script: sh`cd ${confFolder} || exit 0
for f in ${confNames}; do if [ -e "$f"${ciliumRenamed} ]; then [ -e "$f" ] && rm -f "$f"${ciliumRenamed} || mv "$f"${ciliumRenamed} "$f"; fi; done`,
};

export const conf = nodeStep({
  id: "multus/conf",
  summary: "pods of the node get their interfaces from Multus",
  after: ["multus/pod", ...networks.filter(({ part }) => part !== "multus").map(({ part }) => `${part}/pod`)],
  when: (_node, cluster) => multus.inUse(cluster),
  facts: ({ cluster }) => ({
    files: existsFact([markPath, ...confNames.map((name) => `${confFolder}/${name}`), ...others(cluster)]),
  }),
  check: ({ facts: { files }, cluster }) => {
    const changes: Change[] = [];
    if (!files.has(markPath)) changes.push({ what: "file", action: "create", target: markPath });
    if (!confNames.some((name) => files.has(`${confFolder}/${name}`)))
      changes.push({ what: "file", action: "look", target: `${confFolder}/${confName}`, detail: "Multus writes it" });
    for (const path of others(cluster).filter((one) => files.has(one)))
      changes.push({ what: "file", action: "delete", target: path, detail: "of the other kind" });
    return changeIf(changes);
  },
  apply: ({ cluster }) => [
    { kind: "write", path: markPath, content: "", mode: "644" },
    ...(cluster.network.cni.name === "cilium" ? [namedBack] : []),
    ...multusGates(cluster).map((condition): Action => ({ kind: "wait", condition })),
    ...others(cluster).map((path): Action => ({ kind: "delete", path })),
  ],
  verify: ({ cluster }) => multusGates(cluster),
});

/** Not before Multus works: a node without its daemon could start no pod. */
export const waiting = resourceStep({
  id: "multus/waiting",
  summary: "pods that start while Multus restarts wait for it",
  after: ["multus/conf"],
  when: (_node, cluster) => multus.inUse(cluster) && waitingConf(cluster) !== null,
  resources: ({ cluster }) => [file({ path: `${confFolder}/${waitingName}`, content: waitingConf(cluster) ?? "" })],
});
