import { type DaemonName, daemonFact } from "../../src/facts/daemonPods.ts";
import { keptObjectsFact } from "../../src/facts/keptObjects.ts";
import { type Workload, workloadsFact } from "../../src/facts/kube.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import type { Condition } from "../../src/role/action.ts";
import { imageOf } from "../../src/role/artifactOf.ts";
import { factsIf } from "../../src/role/factsIf.ts";
import { applyObjects, applyPrevious } from "../../src/role/objects/applyObjects.ts";
import { usedObjects } from "../../src/role/objects/hardened.ts";
import { imagesIn, type KubeObject } from "../../src/role/objects/kubeObject.ts";
import { digestAnnotation, type Overlaid, overlay } from "../../src/role/objects/overlay.ts";
import { resourceStep } from "../../src/role/resource.ts";
import { clusterStep, type Dependency, type NodeTarget, nodeStep, type Step, type Target } from "../../src/role/step.ts";
import { type Change, changeIf, ok } from "../../src/role/verdict.ts";
import { offNodesOf } from "./nodeNetwork.ts";
import { apiAnswers, apiIsDown, endBroken, isStale, replacePod } from "./nodePod.ts";
import { objectChanges } from "./objectChanges.ts";
import { workloadReady } from "./workloadReady.ts";

export interface Manifest {
  /** Of the role: its steps are "<part>/images", "<part>/installed" and "<part>/pod". */
  readonly part: string;
  /** In sentences: "flannel". */
  readonly title: string;
  readonly inUse: (cluster: ClusterSpec) => boolean;
  /** What the release brings, with this cluster's settings; images by the names a catalog has. Asked only while in use. */
  readonly objects: (target: Target) => readonly KubeObject[];
  /** Its agent, one pod a node, replaced in each node's turn. */
  readonly agent: DaemonName;
  /** What else must be whole before nodes' agents are replaced. */
  readonly deployments?: (target: Target) => readonly { readonly namespace: string; readonly name: string }[];
  /** A step of each node that says its network is there, if the agent's readiness does not: "flannel/subnet". */
  readonly nodeReady?: string;
  /** What must hold on a node before its new agent counts, beside that it is ready; its own steps' `verify` ask it too. */
  readonly healthy?: (target: NodeTarget) => readonly Condition[];
  /** Of "<part>/installed", beside the API server. */
  readonly after?: readonly Dependency[];
  /** Networks that a live cluster may have had before (src/network/roads.ts): its agents stay off the nodes that still have one. */
  readonly follows?: readonly string[];
  /** What stops answering while an agent restarts. */
  readonly disrupts: string;
}

/** Images that its pods run, as the catalog has them. */
export const imagesOf = (manifest: Manifest, target: Target): readonly string[] =>
  imagesIn(usedObjects(target, manifest.objects(target)));

/** Its objects as they are applied. Throws ProvisionError (exit 3) for an image or a file the catalog does not have. */
export const madeOf = (manifest: Manifest, target: Target): Overlaid =>
  overlay(
    target,
    manifest.part,
    manifest.follows === undefined
      ? manifest.objects(target)
      : manifest.objects(target).map((object) => offNodesOf(object, manifest.follows ?? [])),
  );

/**
 * A release's manifest as three steps: its images on each node (staged ahead), its objects once, and its agent's pod on each node, one
 * node after the other: control planes, workers, edge nodes. A node whose new agent does not become ready goes back to the one of before.
 */
export function manifestSteps(manifest: Manifest): readonly [images: Step, installed: Step, pod: Step] {
  const { part, title, inUse, agent } = manifest;
  const made = (target: Target): Overlaid => madeOf(manifest, target);
  const live = (workloads: readonly Workload[] | undefined): Workload | undefined =>
    workloads?.find(
      ({ kind, metadata: { namespace, name } }) => kind === "DaemonSet" && namespace === agent.namespace && name === agent.name,
    );

  const images = resourceStep({
    id: `${part}/images`,
    summary: `${title}'s images are on the node`,
    stage: true,
    // Not beside the images that kubeadm init waits for.
    after: ["kubernetes/images"],
    when: (_node, cluster) => inUse(cluster),
    resources: (target) => imagesOf(manifest, target).map((ref) => imageOf(target, ref)),
  });

  const installed = clusterStep({
    id: `${part}/installed`,
    summary: `${title} runs with the inventory's version and settings`,
    measured: true,
    after: [
      { step: "control-plane/up", on: "first-control-plane" },
      { step: "containerd/cni-plugins", on: "first-control-plane" },
      ...(manifest.follows === undefined ? [] : ["network/steered"]),
      ...(manifest.after ?? []),
    ],
    kube: ({ cluster }) => factsIf(inUse(cluster), { workloads: workloadsFact, kept: keptObjectsFact(part) }),
    check: ({ kube, ...target }) => {
      if (!inUse(target.cluster)) return ok;
      const { objects, digest } = made(target);
      const daemon = live(kube?.workloads);
      if (daemon?.metadata.annotations[digestAnnotation] === digest) return ok;
      const changes = objectChanges(daemon === undefined ? null : (kube?.kept?.current ?? null), objects);
      // Made by an earlier version of this tool, or with definitions alone changed: no object that is kept differs.
      const again: Change = {
        what: "object",
        action: "update",
        target: `DaemonSet ${agent.namespace}/${agent.name}`,
        detail: "its mark",
      };
      return changeIf(changes.length > 0 ? changes : [again]);
    },
    // Looked at without an answer of the API, a network that is not in use has changes too.
    apply: (target) => (inUse(target.cluster) ? [...applyObjects(part, made(target)), endBroken(agent)] : []),
    verify: (target) =>
      inUse(target.cluster)
        ? [
            // Of a network that follows another on a live cluster no pod runs before the first node's turn.
            workloadReady("daemonset", agent.namespace, agent.name, manifest.follows !== undefined),
            ...(manifest.deployments?.(target) ?? []).map(({ namespace, name }) => workloadReady("deployment", namespace, name)),
          ]
        : [],
  });

  const pod = nodeStep({
    id: `${part}/pod`,
    summary: `the node's ${title} is of the current version and settings`,
    after: [
      "kubernetes/kubelet",
      `${part}/images`,
      `${part}/installed`,
      ...(manifest.follows === undefined ? [] : ["network/node"]),
      { step: `${part}/pod`, on: "previous-node" },
    ],
    when: (_node, cluster) => inUse(cluster),
    facts: () => ({}),
    kube: () => ({ daemon: daemonFact(agent), workloads: workloadsFact, kept: keptObjectsFact(part) }),
    check: ({ kube, node, api, ...target }) => {
      if (api === "down") return apiIsDown(agent);
      const daemon = live(kube?.workloads);
      if (daemon === undefined || !kube?.daemon?.pods.some((one) => one.node === node.name)) return ok;
      const isCurrent = daemon.metadata.annotations[digestAnnotation] === made(target).digest;
      if (isCurrent && !isStale(kube.daemon, node)) return ok;
      const restarted = `pod ${agent.namespace}/${agent.name}`;
      return { status: "change", changes: [{ what: "node", action: "restart", target: restarted, disrupts: manifest.disrupts }] };
    },
    apply: ({ node, ...target }) => [
      ...replacePod(agent, node),
      ...(manifest.healthy?.({ ...target, node }) ?? []).map((condition) => ({ kind: "wait", condition }) as const),
    ],
    // Pods of nodes that went before keep what they run: DaemonSets of updateStrategy OnDelete leave them alone.
    back: ({ kube, node }) =>
      kube?.kept?.hasPrevious ? [{ kind: "wait", condition: apiAnswers }, applyPrevious(part), ...replacePod(agent, node)] : [],
  });

  return [images, installed, pod];
}
