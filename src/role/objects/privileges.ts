import { dict, type KubeObject, list } from "./kubeObject.ts";

/** What a workload's pods have that pods of profile "restricted" do not: Kubernetes' Pod Security Standards. */
export interface Privileges {
  /** "DaemonSet kube-flannel-ds". */
  readonly workload: string;
  /** "network", "pid", "ipc": the machine's own. */
  readonly host: readonly string[];
  /** Folders and files of the machine that are mounted. */
  readonly paths: readonly string[];
  /** Containers that are privileged. */
  readonly privileged: readonly string[];
  /** Added to any container that is not privileged; "NET_BIND_SERVICE" is allowed to all. "(default)": not all are dropped. */
  readonly capabilities: readonly string[];
}

/** Of every DaemonSet, Deployment and other object with a pod template. */
export const privilegesOf = (objects: readonly KubeObject[]): readonly Privileges[] =>
  objects.flatMap((object) => {
    const pod = dict(dict(dict(object.spec).template).spec);
    const containers = [...list(pod.initContainers), ...list(pod.containers)];
    if (containers.length === 0) return [];
    const isPrivileged = (container: KubeObject): boolean => dict(container.securityContext).privileged === true;
    return [
      {
        workload: `${String(object.kind)} ${String(dict(object.metadata).name)}`,
        host: ["network", "pid", "ipc"].filter(
          (kind) => pod[kind === "network" ? "hostNetwork" : `host${kind.toUpperCase()}`] === true,
        ),
        paths: unique(list(pod.volumes).flatMap(({ hostPath }) => (hostPath === undefined ? [] : [String(dict(hostPath).path)]))),
        privileged: unique(containers.filter(isPrivileged).map(({ name }) => String(name))),
        capabilities: unique(containers.filter((one) => !isPrivileged(one)).flatMap(capabilitiesOf)),
      },
    ];
  });

function capabilitiesOf(container: KubeObject): readonly string[] {
  const { add, drop } = dict(dict(container.securityContext).capabilities);
  const dropped = Array.isArray(drop) && drop.includes("ALL") ? [] : ["(default)"];
  return [...dropped, ...(Array.isArray(add) ? add.map(String) : [])].filter((name) => name !== "NET_BIND_SERVICE");
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

/** What of `has` is more than `allowed`, in words; empty: nothing. */
export function beyond(has: Privileges, allowed: Privileges | undefined): readonly string[] {
  const more = (key: "host" | "paths" | "privileged" | "capabilities", word: string): readonly string[] =>
    has[key].filter((one) => allowed?.[key].includes(one) !== true).map((one) => `${word} ${one}`);
  return [
    ...more("host", "the machine's"),
    ...more("paths", "path"),
    ...more("privileged", "privileged container"),
    ...more("capabilities", "capability"),
  ];
}
