import { parseAllDocuments } from "yaml";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import { pinnedImage } from "../../src/role/artifactOf.ts";
import { sha256 } from "../../src/role/resources/file.ts";
import type { Target } from "../../src/role/step.ts";

export const digestAnnotation = "provision/digest";

type Dict = Record<string, unknown>;
const dict = (value: unknown): Dict => (typeof value === "object" && value !== null ? (value as Dict) : {});
const list = (value: unknown): readonly Dict[] => (Array.isArray(value) ? value.map(dict) : []);

/** The images flannel's own manifest names, by their tags. */
export function flannelImages(target: Target): readonly string[] {
  const refs = source(target).flatMap((object) => {
    const spec = dict(dict(dict(object.spec).template).spec);
    return [...list(spec.initContainers), ...list(spec.containers)].map((container) => String(container.image));
  });
  return [...new Set(refs)];
}

/** The release's own manifest, parsed. Throws Error when it is not YAML: its digest was right, so that is the catalog's mistake. */
function source(target: Target): readonly Dict[] {
  const { cni } = target.cluster.network;
  if (cni.name !== "flannel") return [];
  return parseAllDocuments(target.text("flannel-manifest", cni.version)).map((document) => dict(document.toJS()));
}

/** The release's manifest, overlaid: this cluster's network, every image pinned by digest, pods replaced node by node, a digest of the whole as an annotation. */
export function flannelObjects(target: Target): { readonly objects: readonly Dict[]; readonly digest: string } {
  const objects = source(target).map((object) => {
    if (object.kind === "ConfigMap")
      return { ...object, data: { ...dict(object.data), "net-conf.json": netConf(target.cluster) } };
    if (object.kind !== "DaemonSet") return object;
    const spec = dict(object.spec);
    const template = dict(spec.template);
    const pod = dict(template.spec);
    const pin = (containers: unknown): unknown =>
      list(containers).map((one) => ({
        ...one,
        image: pinnedImage(target, String(one.image)).pinned,
        imagePullPolicy: "IfNotPresent",
      }));
    const pinned = { ...pod, containers: pin(pod.containers), initContainers: pin(pod.initContainers) };
    return { ...object, spec: { ...spec, updateStrategy: { type: "OnDelete" }, template: { ...template, spec: pinned } } };
  });
  const digest = sha256(JSON.stringify(objects));
  const marked = objects.map((object): Dict => {
    if (object.kind !== "DaemonSet") return object;
    const [metadata, spec] = [dict(object.metadata), dict(object.spec)];
    const template = dict(spec.template);
    const note = (of: unknown) => ({ ...dict(of), annotations: { ...dict(dict(of).annotations), [digestAnnotation]: digest } });
    // On the pods too: flannel reads its ConfigMap only when it starts.
    return {
      ...object,
      metadata: note(metadata),
      spec: { ...spec, template: { ...template, metadata: note(template.metadata) } },
    };
  });
  return { objects: marked, digest };
}

function netConf({ network }: ClusterSpec): string {
  if (network.cni.name !== "flannel") throw new Error("the cluster has no flannel");
  return JSON.stringify({ Network: network.pods, EnableNFTables: network.cni.nftables, Backend: { Type: network.cni.backend } });
}
