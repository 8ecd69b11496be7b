import type { Component, Published } from "./component.ts";
import { VERSIONS } from "./versions.ts";

const FLANNEL = "github.com/flannel-io/flannel";

/** Three programs that use the same Kubernetes client library: required together, it is compiled once. */
export const clientModules = (flannelVersion: string): Readonly<Record<string, string>> => ({
  "github.com/coredns/coredns": `v${VERSIONS.coredns}`,
  [FLANNEL]: `v${flannelVersion}`,
  "sigs.k8s.io/cri-tools": `v${VERSIONS.crictl}`,
});

/** flannel's plug-in module is not served as a Go module; its last stand in the common plug-ins is 0.9.1. */
export const flannelCni: Component = {
  name: "flannel-cni",
  version: "0.9.1",
  build: {
    modules: { "github.com/containernetworking/plugins": "v0.9.1" },
    commands: { "github.com/containernetworking/plugins/plugins/meta/flannel": "flannel" },
  },
  publish: [],
  seconds: 6,
};

const manifest = (version: string): Published => ({
  name: "flannel-manifest",
  version,
  platform: "any",
  format: "text",
  file: "kube-flannel.yml",
});

/** 0.28.4 has no install-conf yet: its manifest calls `cp`. */
export const hasInstallConf = (version: string): boolean => version !== VERSIONS.flannelBefore;

export function flannel(version: string): Component {
  return {
    name: "flannel",
    version,
    build: {
      modules: clientModules(version),
      commands: {
        "./flanneld": "flanneld",
        ...(hasInstallConf(version) ? { [`${FLANNEL}/cmd/install_conf`]: "install-conf" } : {}),
      },
      // one needs C, the other a cloud's SDK; the lab's clusters use vxlan or host-gw
      without: {
        module: FLANNEL,
        file: "main.go",
        imports: [`${FLANNEL}/pkg/backend/udp`, `${FLANNEL}/pkg/backend/tencentvpc`],
        as: "flanneld/main.go",
      },
      copy: { module: FLANNEL, files: { "Documentation/kube-flannel.yml": "kube-flannel.yml" } },
      variables: { [`${FLANNEL}/pkg/version.Version`]: `v${version}` },
    },
    publish: [manifest(version)],
    after: "coredns",
    seconds: 20,
  };
}
