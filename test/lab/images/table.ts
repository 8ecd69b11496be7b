import { readFileSync } from "node:fs";
import { join } from "node:path";
import { VERSIONS } from "../builds/versions.ts";
import { LabError } from "../LabError.ts";
import type { OciImage } from "./ociImage.ts";

export interface LabImage {
  /** The upstream name pods use. */
  readonly ref: (folders: Folders) => string;
  /** For messages and the cache. */
  readonly name: string;
  /** Components whose results are in it: "kubernetes 1.36.4". */
  readonly from: readonly string[];
  readonly image: (folders: Folders) => OciImage;
}

/** Component id -> the folder of its results. */
export type Folders = (component: string) => string;

const ETCD = `etcd ${VERSIONS.etcd}`;
const FLANNEL = `flannel ${VERSIONS.flannel}`;
const USERLAND = "userland bookworm";

/** The images a manifest names: lines "image: <ref>". */
export function imagesIn(manifest: string): readonly string[] {
  return [...new Set([...manifest.matchAll(/^\s*(?:- )?image:\s*"?([^\s"]+)"?\s*$/gm)].map((match) => match[1] ?? ""))];
}

/** The flannel manifest is what says which plug-in image a release goes with. */
function flannelRef(folders: Folders, repository: string): string {
  const refs = imagesIn(readFileSync(join(folders(FLANNEL), "kube-flannel.yml"), "utf8"));
  const found = refs.find((ref) => ref.includes(`/${repository}:`));
  if (found === undefined) throw new LabError(`flannel's manifest names no image ${repository}`);
  return found;
}

const busybox = (folders: Folders, tools: readonly string[]) => ({
  files: { "/bin/busybox": join(folders(USERLAND), "busybox") },
  links: Object.fromEntries(tools.map((tool) => [`/bin/${tool}`, "busybox"])),
});

const SHELL = [
  "sh",
  "cp",
  "cat",
  "ls",
  "echo",
  "sleep",
  "mkdir",
  "true",
  "false",
  "test",
  "grep",
  "sed",
  "hostname",
  "ip",
  "wget",
];

function kubernetesImage(command: string, version: string): LabImage {
  const from = `kubernetes ${version}`;
  const isProxy = command === "kube-proxy";
  return {
    name: `${command} ${version}`,
    ref: () => `registry.k8s.io/${command}:v${version}`,
    from: isProxy ? [from, USERLAND] : [from],
    image: (folders) => ({
      layers: [
        ...(isProxy ? [{ tar: join(folders(USERLAND), "net.tar") }] : []),
        { files: { [`/usr/local/bin/${command}`]: join(folders(from), command) } },
      ],
      config: {},
    }),
  };
}

const others: readonly LabImage[] = [
  {
    name: "etcd",
    ref: () => `registry.k8s.io/etcd:${VERSIONS.etcdTag}`,
    from: [ETCD],
    image: (folders) => ({
      layers: [
        { files: Object.fromEntries(["etcd", "etcdctl", "etcdutl"].map((f) => [`/usr/local/bin/${f}`, join(folders(ETCD), f)])) },
      ],
      config: {},
    }),
  },
  {
    name: "coredns",
    ref: () => `registry.k8s.io/coredns/coredns:v${VERSIONS.coredns}`,
    from: [`coredns ${VERSIONS.coredns}`],
    image: (folders) => ({
      layers: [{ files: { "/coredns": join(folders(`coredns ${VERSIONS.coredns}`), "coredns") } }],
      config: { Entrypoint: ["/coredns"] },
    }),
  },
  ...[VERSIONS.pause, VERSIONS.pauseBefore].map(
    (tag): LabImage => ({
      name: tag === VERSIONS.pause ? "pause" : `pause ${tag}`,
      ref: () => `registry.k8s.io/pause:${tag}`,
      from: [`pause ${VERSIONS.pause}`],
      image: (folders) => ({
        layers: [{ files: { "/pause": join(folders(`pause ${VERSIONS.pause}`), "pause") } }],
        config: { Entrypoint: ["/pause"], User: "65535:65535" },
      }),
    }),
  ),
  {
    name: "flannel",
    ref: (folders) => flannelRef(folders, "flannel"),
    from: [FLANNEL, USERLAND],
    image: (folders) => ({
      layers: [
        { tar: join(folders(USERLAND), "net.tar") },
        busybox(
          folders,
          SHELL.filter((tool) => tool !== "ip"),
        ),
        { files: Object.fromEntries(["flanneld", "install-conf"].map((f) => [`/opt/bin/${f}`, join(folders(FLANNEL), f)])) },
      ],
      config: { Entrypoint: ["/opt/bin/flanneld"] },
    }),
  },
  {
    name: "flannel-cni-plugin",
    ref: (folders) => flannelRef(folders, "flannel-cni-plugin"),
    from: ["flannel-cni 0.9.1", FLANNEL, USERLAND],
    image: (folders) => ({
      layers: [busybox(folders, SHELL), { files: { "/flannel": join(folders("flannel-cni 0.9.1"), "flannel") } }],
      config: {},
    }),
  },
  {
    name: "haproxy",
    ref: (folders) => `docker.io/library/haproxy:${readFileSync(join(folders(USERLAND), "haproxy.version"), "utf8").trim()}`,
    from: [USERLAND],
    image: (folders) => ({
      layers: [{ tar: join(folders(USERLAND), "haproxy.tar") }],
      config: { Cmd: ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"], User: "haproxy" },
    }),
  },
  {
    name: "busybox",
    ref: () => "docker.io/library/busybox:1.36",
    from: [USERLAND],
    image: (folders) => ({ layers: [busybox(folders, [...SHELL, "httpd", "nc", "nslookup", "ping"])], config: { Cmd: ["sh"] } }),
  },
];

export function images(kubernetesVersions: readonly string[]): readonly LabImage[] {
  const commands = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"];
  return [...kubernetesVersions.flatMap((version) => commands.map((command) => kubernetesImage(command, version))), ...others];
}
