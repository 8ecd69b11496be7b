import { parseAllDocuments } from "yaml";

/** A Kubernetes object as a release's manifest or chart has it. */
export type KubeObject = Readonly<Record<string, unknown>>;

export const dict = (value: unknown): KubeObject => (typeof value === "object" && value !== null ? (value as KubeObject) : {});
export const list = (value: unknown): readonly KubeObject[] => (Array.isArray(value) ? value.map(dict) : []);

/** A command or its arguments; none when there is no list. */
export const words = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** YAML documents that are objects; empty ones are left out. Throws Error when it is not YAML: its digest was right, so that is the catalog's mistake. */
export function parseObjects(text: string): readonly KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw new Error(`a manifest of the catalog is not YAML: ${problem.message}`);
    const object = dict(document.toJS());
    return object.kind === "List" ? list(object.items) : object.kind === undefined ? [] : [object];
  });
}

const metadataOf = (object: KubeObject): KubeObject => dict(object.metadata);

/** "DaemonSet kube-flannel/kube-flannel-ds", "ClusterRole flannel". */
export function nameOf(object: KubeObject): string {
  const { name, namespace } = metadataOf(object);
  return `${String(object.kind)} ${namespace === undefined ? "" : `${String(namespace)}/`}${String(name)}`;
}

/** The object with its pod template changed; as it is when it has none. */
export function withPod(object: KubeObject, change: (pod: KubeObject) => KubeObject): KubeObject {
  const spec = dict(object.spec);
  const template = dict(spec.template);
  if (dict(template.spec).containers === undefined) return object;
  return { ...object, spec: { ...spec, template: { ...template, spec: change(dict(template.spec)) } } };
}

/** The pod with each of its containers changed, init containers too. */
export const withContainers = (pod: KubeObject, change: (container: KubeObject) => KubeObject): KubeObject => ({
  ...pod,
  ...(pod.initContainers === undefined ? {} : { initContainers: list(pod.initContainers).map(change) }),
  containers: list(pod.containers).map(change),
});

/** The container with these variables, in place of those of the same names. null takes one out. */
export function withEnv(container: KubeObject, values: Readonly<Record<string, string | null>>): KubeObject {
  const kept = list(container.env).filter(({ name }) => !(String(name) in values));
  const added = Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
  return { ...container, env: [...kept, ...added] };
}

/** Images named by pod templates, each once. */
export function imagesIn(objects: readonly KubeObject[]): readonly string[] {
  const refs = objects.flatMap((object) => {
    const pod = dict(dict(dict(object.spec).template).spec);
    return [...list(pod.initContainers), ...list(pod.containers)].map(({ image }) => String(image));
  });
  return [...new Set(refs)];
}
