import { type RoomSeen, roomFact } from "../../facts/upgradeMachine.ts";
import { isControlPlane, type NodeSpec } from "../../model/cluster.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { refusal, refuse } from "./refusal.ts";

/**
 * MB that staging writes, as measured with Kubernetes 1.36.4: kubeadm 73, kubelet 84, kubectl 60, containerd's programs 81, runc 12, crictl 28,
 * CNI plug-ins 62. Images are the sum of their programs, unpacked and once more as compressed layers (0.4 of that): API server 105,
 * controller manager 96, scheduler 73, etcd 59 on control planes; kube-proxy 71, CoreDNS 51, flannel 52 everywhere.
 */
const programs = { path: "/opt/provision", mb: 400 };
const images = { path: "/var/lib/containerd", everyNodeMb: 250, controlPlaneMb: 470 };

interface Need {
  readonly path: string;
  readonly mb: number;
}

const needs = (node: NodeSpec): readonly Need[] => [
  programs,
  { path: images.path, mb: images.everyNodeMb + (isControlPlane(node) ? images.controlPlaneMb : 0) },
];

/** Room for what is brought ahead: old programs and images stay until their node has gone over. */
export const disk = refusal({
  name: "disk",
  node: () => ({ room: roomFact([programs.path, images.path]) }),
  judge: ({ cluster, staging, nodes }): readonly Diagnostic[] =>
    cluster.nodes.filter(({ name }) => staging.has(name)).flatMap((node) => judgeNode(node, nodes.get(node.name)?.room ?? [])),
});

function judgeNode(node: NodeSpec, room: readonly RoomSeen[]): readonly Diagnostic[] {
  const needed = needs(node);
  return [...new Set(room.map(({ fileSystem }) => fileSystem))].flatMap((fileSystem) => {
    const here = room.filter((one) => one.fileSystem === fileSystem);
    const paths = here.map(({ path }) => path);
    const mb = needed.filter(({ path }) => paths.includes(path)).reduce((sum, one) => sum + one.mb, 0);
    const free = Math.min(...here.map(({ freeMb }) => freeMb));
    if (free >= mb) return [];
    return [
      refuse("disk", {
        node: node.name,
        message: `staging needs about ${mb} MB under ${paths.join(" and ")}`,
        seen: `${free} MB are free`,
        hint: "free some space: crictl rmi --prune deletes images that nothing uses; what old versions need stays until the node has gone over",
      }),
    ];
  });
}
