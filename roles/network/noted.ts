import { calicoNotesFact } from "../../src/facts/calicoNotes.ts";
import { type Lease, leasesFact } from "../../src/facts/flannel.ts";
import { networksFact } from "../../src/facts/networks.ts";
import { sh } from "../../src/host/sh.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import type { Action } from "../../src/role/action.ts";
import { factsIf } from "../../src/role/factsIf.ts";
import { clusterStep } from "../../src/role/step.ts";
import { blocked, type Change, changeIf, ok, type Reason } from "../../src/role/verdict.ts";
import { type MissingNote, missingNotes, takenBlocks } from "../calico/flannelNotes.ts";
import { changeOf } from "./change.ts";

/** Before the first node changes: how to reach all the others, and whose addresses are whose. */
export const noted = clusterStep({
  id: "network/noted",
  summary: "the new network knows the nodes and the addresses of the old one",
  after: ["network/road", "calico/installed"],
  kube: ({ cluster }) => ({
    live: networksFact,
    ...factsIf(cluster.network.cni.name === "calico", { leases: leasesFact, notes: calicoNotesFact }),
  }),
  check: ({ kube, cluster }) => {
    const change = changeOf(kube?.live.keys(), cluster);
    if (kube?.notes == null || change?.road?.notes !== true) return ok;
    const reasons = unfit(kube.leases, cluster, takenBlocks(kube.leases, kube.notes));
    if (reasons.length > 0) return blocked(...reasons);
    return changeIf(
      missingNotes(kube.leases, kube.notes).map(
        ({ node }): Change => ({
          what: "node",
          action: "set",
          target: `${change.to.title}'s notes of ${node}`,
          detail: "the end of its tunnel, and its share of the pods' network as its own block",
        }),
      ),
    );
  },
  apply: ({ kube, cluster }) => {
    const change = changeOf(kube?.live.keys(), cluster);
    if (kube?.notes == null || change?.road?.notes !== true) return [];
    return missingNotes(kube.leases, kube.notes).map(written);
  },
});

const written = ({ node, annotations, objects }: MissingNote): Action => {
  const words = Object.entries(annotations).map(([name, value]) => `${name}=${value}`);
  return {
    kind: "run",
    where: "control-plane",
    summary: `note how ${node} is reached, and which addresses are its`,
    script: sh`${words.length === 0 ? sh`` : sh`k annotate node ${node} ${words} --overwrite >/dev/null || exit 1`}
${objects.length === 0 ? sh`` : sh`k apply --server-side --force-conflicts --field-manager provision --validate=false -f - >/dev/null`}`,
    stdin: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
  };
};

/** What of flannel, as it runs, Calico cannot go on with. */
function unfit(leases: readonly Lease[], { network: { cni } }: ClusterSpec, taken: readonly string[]): readonly Reason[] {
  if (cni.name !== "calico") return [];
  const others = leases.filter(({ backend }) => backend !== "" && backend !== "vxlan");
  const sizes = new Set(leases.flatMap(({ podCidr }) => (podCidr === "" ? [] : [Number(podCidr.replace(/^.*\//, ""))])));
  const size = [...sizes][0];
  return [
    ...(others.length === 0
      ? []
      : [
          {
            code: "network/backend",
            message: `flannel runs ${others[0]?.backend} on ${others.map(({ node }) => node).join(", ")}: Calico can only go on with its VXLAN`,
            hint: "a new cluster beside this one, or `provision reset`, is the way to Calico",
          },
        ]),
    ...(size === undefined || (sizes.size === 1 && size === cni.ipam.blockSize)
      ? []
      : [
          {
            code: "network/block-size",
            message: `network.cni.ipam.blockSize: nodes have shares of /${[...sizes].join(", /")} of the pods' network, the inventory gives blocks of /${cni.ipam.blockSize}: each node's share must be one block`,
            hint: `set network.cni.ipam.blockSize: ${size}`,
          },
        ]),
    ...(taken.length === 0
      ? []
      : [
          {
            code: "network/blocks-taken",
            message: `Calico's book gives nodes' shares of the pods' network to others: ${taken.slice(0, 3).join(", ")}`,
            hint: "they are left by an earlier Calico: delete its IPAMBlocks and BlockAffinities when no pod uses them",
          },
        ]),
  ];
}
