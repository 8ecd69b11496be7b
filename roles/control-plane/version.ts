import { configMapFact, nodesFact } from "../../src/facts/kube.ts";
import { controlPlanes } from "../../src/model/cluster.ts";
import { nodeStep } from "../../src/role/step.ts";
import { blocked, ok } from "../../src/role/verdict.ts";

/** Versions are changed by an upgrade, which drains, waits and can go back; nothing else may begin that by the way. */
export const version = nodeStep({
  id: "control-plane/version",
  summary: "the cluster runs the inventory's version of Kubernetes",
  // Once, but by a step of a node: a step of the cluster would have to wait for an API that is down.
  when: (node, cluster) => node === controlPlanes(cluster)[0],
  facts: () => ({}),
  kube: () => ({ nodes: nodesFact, kubeadm: configMapFact("kubeadm-config") }),
  check: ({ kube, cluster }) => {
    if (kube === null) return ok;
    const wanted = cluster.kubernetes.version;
    const live = /^kubernetesVersion: v?(.+)$/m.exec(kube.kubeadm?.ClusterConfiguration ?? "")?.[1];
    if (live !== undefined && live !== wanted)
      return blocked({
        code: "version/differs",
        message: `the cluster runs Kubernetes ${live}, the inventory asks for ${wanted}`,
        hint: `\`provision upgrade\` changes the version of a live cluster; set kubernetes.version: ${live} to go on with the rest`,
      });
    // kubeadm notes the new version when the first control plane has it: an upgrade that broke off shows on the nodes.
    const behind = kube.nodes.filter(
      ({ metadata, status }) =>
        cluster.nodes.some((node) => node.name === metadata.name) && status.nodeInfo.kubeletVersion !== `v${wanted}`,
    );
    if (behind.length === 0) return ok;
    return blocked({
      code: "version/differs",
      message: `an upgrade to Kubernetes ${wanted} has not reached every node`,
      seen: behind.map(({ metadata, status }) => `${metadata.name} runs ${status.nodeInfo.kubeletVersion}`).join("\n"),
      hint: "`provision upgrade` finishes it",
    });
  },
  apply: () => [],
});
