import { chooseImage } from "../../images/chooseImage.ts";
import type { Target } from "../step.ts";
import { dict, type KubeObject, list, withContainers, withPod } from "./kubeObject.ts";

/**
 * The objects as this cluster runs them: with profile "hardened", every image that has a rebuilt one of its version is replaced, and its
 * container told what the other image needs told. Images stay references of the catalog, not yet pinned.
 */
export const usedObjects = (target: Target, objects: readonly KubeObject[]): readonly KubeObject[] =>
  target.cluster.images.profile === "upstream"
    ? objects
    : objects.map((object) => withPod(object, (pod) => withStatusFolder(withContainers(pod, (one) => replaced(target, one)))));

function replaced(target: Target, container: KubeObject): KubeObject {
  const upstream = String(container.image);
  const { ref, build } = chooseImage(target.cluster, target.catalog, upstream);
  if (build === null) return container;
  const change = changes[build] ?? ((one: KubeObject) => one);
  return { ...change(container, upstream.slice(0, upstream.lastIndexOf(":"))), image: ref };
}

/** What a rebuilt image needs told that upstream's knows by itself, or has elsewhere: rancher/image-build-* Dockerfile. */
const changes: Readonly<Record<string, (container: KubeObject, repository: string) => KubeObject>> = {
  flannel: (container) =>
    // Not every build has install-conf; all are on a busybox.
    command(container, 0) === "/opt/bin/install-conf"
      ? { ...container, command: ["cp"], args: ["-f", ...args(container)] }
      : { ...container, command: container.command ?? ["/opt/bin/flanneld"] },
  // Its installer would put all plug-ins in place of those that the node has from the catalog's archive: flannel's alone is taken.
  "cni-plugins": (container) => ({
    ...container,
    command: ["cp"],
    args: ["-f", "/opt/cni/bin/flannel", `${hostPlugins}/flannel`],
    volumeMounts: mountedAt(container, "/opt/cni/bin", hostPlugins),
  }),
  // One image for all, with no command of its own.
  calico: (container, repository) => {
    const moved = elsewhere(container, "/bin/calico-node", "/usr/bin/calico-node");
    if (repository.endsWith("/node")) return { ...moved, command: moved.command ?? ["start_runit"] };
    if (repository.endsWith("/kube-controllers")) return controllers(moved);
    return moved;
  },
  "multus-thick": (container) =>
    command(container, 0).endsWith("/multus-daemon")
      ? container
      : // Its builds have no installer, and passthru only where upstream's have it.
        { ...container, command: ["sh", "-c", installThick], args: [] },
};

const hostPlugins = "/host/opt/cni/bin";
const installThick = `cd /usr/src/multus-cni/bin && for f in multus-shim passthru; do [ ! -e "$f" ] || cp -f "$f" ${hostPlugins}/ || exit 1; done`;

const command = (container: KubeObject, index: number): string => {
  const words = Array.isArray(container.command) ? container.command : [];
  return String(words[index] ?? "");
};
const args = (container: KubeObject): readonly string[] => (Array.isArray(container.args) ? container.args.map(String) : []);

const mountedAt = (container: KubeObject, from: string, to: string): readonly KubeObject[] =>
  list(container.volumeMounts).map((mount) => (mount.mountPath === from ? { ...mount, mountPath: to } : mount));

/** The container with every command of its own, its hooks' and its probes' that names `from` naming `to`. */
function elsewhere(container: KubeObject, from: string, to: string): KubeObject {
  const move = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((one) => (one === from ? to : move(one)));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, move(inner)]));
  };
  const runs = ["command", "lifecycle", "livenessProbe", "readinessProbe", "startupProbe"];
  return Object.fromEntries(Object.entries(container).map(([key, value]) => [key, runs.includes(key) ? move(value) : value]));
}

const statusVolume = "provision-status";

/** Upstream's image says user 999 and has a folder for its status file; SUSE's has neither. */
const controllers = (container: KubeObject): KubeObject => ({
  ...container,
  command: container.command ?? ["/usr/bin/kube-controllers"],
  securityContext: { runAsUser: 999, runAsNonRoot: true, ...dict(container.securityContext) },
  volumeMounts: [...list(container.volumeMounts), { name: statusVolume, mountPath: "/status" }],
});

function withStatusFolder(pod: KubeObject): KubeObject {
  const mounts = list(pod.containers).flatMap(({ volumeMounts }) => list(volumeMounts));
  if (!mounts.some(({ name }) => name === statusVolume)) return pod;
  return { ...pod, volumes: [...list(pod.volumes), { name: statusVolume, emptyDir: {} }] };
}
