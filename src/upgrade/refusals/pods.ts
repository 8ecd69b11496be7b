import { allWorkloadsFact, volumesFact } from "../../facts/upgradeObjects.ts";
import { type PodSeen, podsFact } from "../../facts/upgradePods.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { listed, refusal, refuse, warn } from "./refusal.ts";

const drainGuide = "https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/";
const volumesGuide = "https://kubernetes.io/docs/concepts/storage/volumes/";

const ended = ({ phase }: PodSeen): boolean => phase === "Succeeded" || phase === "Failed";

/** Whether draining its node moves it away: kubectl drain leaves static pods and those of DaemonSets where they are. */
export const isEvicted = (pod: PodSeen): boolean => !pod.mirror && pod.controller?.kind !== "DaemonSet" && !ended(pod);

const nameOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string => `${namespace}/${name}`;
const names = (pods: readonly PodSeen[]): string => listed(pods.map((pod) => `${nameOf(pod)} on ${pod.node}`));

/** Pods that nothing would make again: kubectl drain refuses them without --force, which this program never says. */
export const unmanaged = refusal({
  name: "unmanaged-pods",
  kube: () => ({ pods: podsFact }),
  judge: ({ draining, kube }): readonly Diagnostic[] =>
    [...draining].flatMap((node) => {
      const lost = kube.pods.filter((pod) => pod.node === node && isEvicted(pod) && pod.controller === null);
      if (lost.length === 0) return [];
      return [
        refuse("unmanaged-pods", {
          node,
          message: "pods without a controller would be lost: nothing makes them again elsewhere",
          seen: listed(lost.map(nameOf)),
          hint: `delete them, or run them from a Deployment, StatefulSet or Job (${drainGuide})`,
        }),
      ];
    }),
});

/** Data that stays behind, or is gone, when a pod leaves its node. */
export const localData = refusal({
  name: "local-data",
  kube: () => ({ pods: podsFact, volumes: volumesFact }),
  judge: ({ draining, kube }): readonly Diagnostic[] => {
    const moved = kube.pods.filter((pod) => draining.has(pod.node) && isEvicted(pod));
    const local = new Set(
      kube.volumes
        .filter(({ spec }) => spec.local !== undefined || spec.hostPath !== undefined)
        .flatMap(({ spec }) => (spec.claimRef === undefined ? [] : [nameOf(spec.claimRef)])),
    );
    const claims = moved.filter((pod) =>
      pod.volumes.some(
        ({ persistentVolumeClaim: claim }) => claim !== undefined && local.has(`${pod.namespace}/${claim.claimName}`),
      ),
    );
    const paths = moved.filter((pod) => pod.volumes.some(({ hostPath }) => hostPath !== undefined));
    const scratch = moved.filter((pod) => pod.volumes.some(({ emptyDir }) => emptyDir !== undefined));
    return [
      ...told("local-volumes", claims, "volumes of one machine: they wait for their node to come back", "local"),
      ...told("host-paths", paths, "folders of their node (hostPath): what stands there does not come with them", "hostpath"),
      ...told("empty-dirs", scratch, "emptyDir volumes: what is in them is deleted when the pod moves", "emptydir"),
    ];
  },
});

function told(code: string, pods: readonly PodSeen[], what: string, anchor: string): readonly Diagnostic[] {
  if (pods.length === 0) return [];
  return [
    warn(code, {
      message: `pods to move: ${pods.length} with ${what}`,
      seen: names(pods),
      hint: `save first what must not be lost (${volumesGuide}#${anchor})`,
    }),
  ];
}

/** Workloads of one replica are away while their pod moves. */
export const singles = refusal({
  name: "single-replicas",
  kube: () => ({ workloads: allWorkloadsFact }),
  judge: ({ draining, kube }): readonly Diagnostic[] => {
    const alone = kube.workloads.filter(({ kind, spec }) => kind !== "DaemonSet" && (spec.replicas ?? 1) === 1);
    if (alone.length === 0 || draining.size === 0) return [];
    return [
      warn("single-replicas", {
        message: `${alone.length === 1 ? "1 workload runs" : `${alone.length} workloads run`} one replica: away while it moves to another node`,
        seen: listed(alone.map(({ kind, metadata }) => `${kind} ${nameOf(metadata)}`)),
        hint: `run two or more of what must not be away, on more than one node (${drainGuide})`,
      }),
    ];
  },
});
