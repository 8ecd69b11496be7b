import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NetworkPick } from "../builds/networks.ts";
import { VERSIONS } from "../builds/versions.ts";
import { flannelImages } from "./flannel.ts";
import { networkImages } from "./networks.ts";
import { busybox, type LabImage, SHELL, USERLAND } from "./parts.ts";

const ETCD = `etcd ${VERSIONS.etcd}`;

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

export function images(kubernetesVersions: readonly string[], networks: readonly NetworkPick[] = []): readonly LabImage[] {
  const commands = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"];
  return [
    ...kubernetesVersions.flatMap((version) => commands.map((command) => kubernetesImage(command, version))),
    ...others,
    ...flannelImages(VERSIONS.flannel),
    ...networkImages(networks),
  ];
}
