import { pinnedImage } from "../artifactOf.ts";
import { sha256 } from "../resources/file.ts";
import type { Target } from "../step.ts";
import { usedObjects } from "./hardened.ts";
import { dict, type KubeObject, withContainers, withPod } from "./kubeObject.ts";
import { leastPrivilege } from "./leastPrivilege.ts";

/** On every DaemonSet and Deployment, and on their pods: what they were made from. */
export const digestAnnotation = "provision/digest";
/** On every object: which role made it. */
export const partLabel = "provision/part";

export interface Overlaid {
  readonly objects: readonly KubeObject[];
  /** Of all objects, hex. */
  readonly digest: string;
}

/**
 * What a release brings, made this cluster's: every image the profile's and pinned by digest, DaemonSets replaced node by node, each object marked with its
 * `part` and with the digest of the whole. Settings are the caller's. Throws ProvisionError (exit 3) for an image the catalog does not have.
 */
export function overlay(target: Target, part: string, objects: readonly KubeObject[]): Overlaid {
  const pinned = usedObjects(target, objects).map((object) => {
    const own = withPod(leastPrivilege(object), (pod) =>
      withContainers(pod, (container) => ({
        ...container,
        image: pinnedImage(target, String(container.image)).pinned,
        imagePullPolicy: "IfNotPresent",
      })),
    );
    return own.kind === "DaemonSet" ? { ...own, spec: { ...dict(own.spec), updateStrategy: { type: "OnDelete" } } } : own;
  });
  const digest = sha256(JSON.stringify(pinned));
  const marked = pinned.map((object): KubeObject => {
    const metadata = dict(object.metadata);
    const labelled = {
      ...metadata,
      labels: { ...dict(metadata.labels), [partLabel]: part, "provision/made": digest.slice(0, 16) },
    };
    if (object.kind !== "DaemonSet" && object.kind !== "Deployment") return { ...object, metadata: labelled };
    const note = (of: unknown): KubeObject => ({
      ...dict(of),
      annotations: { ...dict(dict(of).annotations), [digestAnnotation]: digest },
    });
    const spec = dict(object.spec);
    const template = dict(spec.template);
    // On the pods too: most agents read their ConfigMap only when they start.
    return {
      ...object,
      metadata: note(labelled),
      spec: { ...spec, template: { ...template, metadata: note(template.metadata) } },
    };
  });
  return { objects: marked, digest };
}
