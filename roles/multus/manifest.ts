import { multus, multusManifestName, multusOf } from "../../src/network/multus.ts";
import { dict, type KubeObject, parseObjects, withContainers, withPod } from "../../src/role/objects/kubeObject.ts";
import type { Target } from "../../src/role/step.ts";
import type { Manifest } from "../cluster/manifestSteps.ts";
import { confFolder, defaultNetworkFile } from "./confFiles.ts";
import { multusGates } from "./gates.ts";

const repository = "ghcr.io/k8snetworkplumbingwg/multus-cni";

export const multusManifest: Manifest = {
  part: "multus",
  title: "Multus",
  inUse: multus.inUse,
  objects: multusObjects,
  agent: { namespace: "kube-system", name: "kube-multus-ds", selector: "name=multus" },
  healthy: ({ cluster }) => multusGates(cluster),
  disrupts: "Multus restarts on this node; pods keep all their interfaces, new ones wait for it",
};

/** The release's own manifest of the inventory's kind, with this cluster's settings. */
function multusObjects(target: Target): readonly KubeObject[] {
  const spec = multusOf(target.cluster);
  const name = defaultNetworkFile(target.cluster);
  const ready = spec.readinessIndicatorFile ?? (name === null ? null : `${confFolder}/${name}`);
  const tag = `v${spec.version}${spec.kind === "thick" ? "-thick" : ""}`;
  return parseObjects(target.text(multusManifestName(spec), spec.version)).map((object) => {
    const daemon = withPod(object, (pod) => ({
      ...withContainers(pod, (container) => ({
        ...container,
        ...(String(container.image).startsWith(`${repository}:`) ? { image: `${repository}:${tag}` } : {}),
        ...(container.name === "kube-multus" ? settings(container) : {}),
      })),
    }));
    if (daemon.kind !== "ConfigMap" || spec.kind === "thin") return daemon;
    const data = dict(daemon.data);
    return { ...daemon, data: { ...data, "daemon-config.json": daemonConfig(data["daemon-config.json"]) } };
  });

  function settings(container: KubeObject): KubeObject {
    const { requests, limits } = dict(container.resources);
    const memory = spec.memory === null ? {} : { memory: spec.memory };
    const resources = { requests: { ...dict(requests), ...memory }, limits: { ...dict(limits), ...memory } };
    if (spec.kind === "thick") return { resources };
    const args = [
      ...(name === null ? [] : [`--multus-master-cni-file-name=${name}`]),
      ...(ready === null ? [] : [`--readiness-indicator-file=${ready}`]),
      ...(spec.namespaceIsolation ? ["--namespace-isolation=true"] : []),
      `--multus-log-level=${spec.logLevel}`,
    ];
    return { resources, args: [...(Array.isArray(container.args) ? container.args : []), ...args] };
  }

  function daemonConfig(given: unknown): string {
    return JSON.stringify({
      ...dict(JSON.parse(String(given))),
      logLevel: spec.logLevel,
      namespaceIsolation: spec.namespaceIsolation,
      // In its pod the node's root is there.
      ...(ready === null ? {} : { readinessindicatorfile: `/hostroot${ready}` }),
      ...(name === null ? {} : { multusMasterCNI: name }),
    });
  }
}
