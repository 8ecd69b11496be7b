import { z } from "zod";
import { sh } from "../../src/host/sh.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import { jsonOrNull } from "../../src/model/jsonOrNull.ts";
import { multusOf } from "../../src/network/multus.ts";
import type { Condition } from "../../src/role/action.ts";
import { confFolder, confName, confNames, defaultNetworkFile } from "./confFiles.ts";

const plugin = z.object({
  type: z.string(),
  clusterNetwork: z.string().optional(),
  delegates: z.array(z.looseObject({ name: z.string().optional() })).default([]),
});
const schema = z.union([z.object({ plugins: z.array(plugin).min(1) }), plugin]);

/** Why what stands first in /etc/cni/net.d (its name, then its text) is not Multus with the cluster's default network behind it; null when it is. */
export function confProblem(text: string, cluster: ClusterSpec): string | null {
  const [name = "", ...rest] = text.split("\n");
  if (name === "") return `${confFolder} is empty`;
  if (!confNames.includes(name)) return `${name} stands first in ${confFolder}, not ${confName}`;
  const parsed = schema.safeParse(jsonOrNull(rest.join("\n")));
  if (!parsed.success) return `${name} is not a configuration of Multus`;
  const first = "plugins" in parsed.data ? parsed.data.plugins[0] : parsed.data;
  const { kind } = multusOf(cluster);
  const wanted = kind === "thick" ? "multus-shim" : "multus";
  if (first?.type !== wanted) return `${name} calls ${first?.type ?? "nothing"}, not ${wanted}`;
  const file = defaultNetworkFile(cluster);
  if (kind === "thick" && file !== null && !first.clusterNetwork?.endsWith(`/${file}`))
    return `${name} has ${first.clusterNetwork ?? "nothing"} for the default network, not ${file}`;
  return kind === "thin" && first.delegates.length === 0 ? `${name} has no default network` : null;
}

const isFirst = (cluster: ClusterSpec): Condition => ({
  summary: `${confName} is the node's CNI configuration, with the default network behind it`,
  script: sh`cd ${confFolder} && for f in *; do case "$f" in *.conf|*.conflist|*.json) printf '%s\\n' "$f"; cat "$f"; exit 0;; esac; done`,
  unmet: ({ code, stdout }) => (code === 0 ? confProblem(stdout, cluster) : `${confFolder} is not there`),
  intervalMs: 500,
  deadlineMs: 120_000,
  evidence: sh`ls -l ${confFolder}; crictl ps -a --name kube-multus; crictl logs --tail 10 "$(crictl ps -aq --name kube-multus | head -n 1)" 2>&1`,
});

/** State 00010000 is __SO_ACCEPTCON: somebody listens. Linux net/unix/af_unix.c, unix_seq_show. */
const listens: Condition = {
  summary: "Multus' daemon listens for its plug-in",
  script: sh`[ -S /run/multus/multus.sock ] || exit 3; awk '$4 == "00010000" && $NF ~ "/run/multus/multus[.]sock$" {n++} END {exit !n}' /proc/net/unix`,
  unmet: ({ code }) =>
    code === 0
      ? null
      : code === 3
        ? "/run/multus/multus.sock is not there"
        : "nobody listens on /run/multus/multus.sock: pods of this node cannot start or end",
  intervalMs: 500,
  deadlineMs: 120_000,
  evidence: sh`ls -l /run/multus; crictl ps -a --name kube-multus`,
};

/** What must hold on a node before its pods can have interfaces. */
export const multusGates = (cluster: ClusterSpec): readonly Condition[] => [
  isFirst(cluster),
  ...(multusOf(cluster).kind === "thick" ? [listens] : []),
];
