import { archived, binary, type Component } from "./component.ts";
import { clientModules, flannel, flannelCni } from "./flannel.ts";
import { kubernetes } from "./kubernetes.ts";
import { type NetworkPick, networkComponents } from "./networks.ts";
import { BPFTOOL, BPFTOOL_FILES, COREDNS_MAIN, PAUSE, USERLAND } from "./sources.ts";
import { VERSIONS } from "./versions.ts";

const ETCD = "go.etcd.io/etcd";
const etcd: Component = {
  name: "etcd",
  version: VERSIONS.etcd,
  build: {
    modules: Object.fromEntries(["server", "etcdctl", "etcdutl"].map((part) => [`${ETCD}/${part}/v3`, `v${VERSIONS.etcd}`])),
    commands: { [`${ETCD}/server/v3`]: "etcd", [`${ETCD}/etcdctl/v3`]: "etcdctl", [`${ETCD}/etcdutl/v3`]: "etcdutl" },
  },
  publish: [],
  seconds: 45,
};

const CONTAINERD = "github.com/containerd/containerd/v2";
const CONTAINERD_COMMANDS = ["containerd", "containerd-shim-runc-v2", "ctr"];
const CONTAINERD_MEMBERS = Object.fromEntries(CONTAINERD_COMMANDS.map((command) => [`bin/${command}`, command]));
const containerd: Component = {
  name: "containerd",
  version: VERSIONS.containerd,
  build: {
    modules: { [CONTAINERD]: `v${VERSIONS.containerd}` },
    commands: Object.fromEntries(CONTAINERD_COMMANDS.map((command) => [`${CONTAINERD}/cmd/${command}`, command])),
    tags: ["no_btrfs", "no_devmapper", "no_zfs"],
    variables: { [`${CONTAINERD}/version.Version`]: `v${VERSIONS.containerd}` },
  },
  archive: { file: `containerd-${VERSIONS.containerd}-linux-amd64.tar.gz`, members: CONTAINERD_MEMBERS },
  publish: [archived("containerd", VERSIONS.containerd, CONTAINERD_MEMBERS)],
  seconds: 90,
};

const runc: Component = {
  name: "runc",
  version: VERSIONS.runc,
  build: {
    modules: { "github.com/opencontainers/runc": `v${VERSIONS.runc}` },
    commands: { "github.com/opencontainers/runc": "runc" },
    tags: ["seccomp", "netgo", "osusergo"], // without seccomp every pod fails
    cgo: true,
  },
  publish: [binary("runc", VERSIONS.runc)],
  seconds: 21,
};

const PLUGINS = "github.com/containernetworking/plugins";
const CNI_PLUGINS = {
  main: ["bridge", "dummy", "host-device", "ipvlan", "loopback", "macvlan", "ptp", "tap", "vlan"],
  ipam: ["dhcp", "host-local", "static"],
  meta: ["bandwidth", "firewall", "portmap", "sbr", "tuning", "vrf"],
};
const CNI_COMMANDS = Object.entries(CNI_PLUGINS).flatMap(([kind, names]) =>
  names.map((name) => [`plugins/${kind}/${name}`, name] as const),
);
export const CNI_COMMAND_NAMES: readonly string[] = CNI_COMMANDS.map(([, name]) => name);

const cniPlugins: Component = {
  name: "cni-plugins",
  version: VERSIONS.cniPlugins,
  build: {
    modules: { [PLUGINS]: `v${VERSIONS.cniPlugins}` },
    commands: Object.fromEntries(CNI_COMMANDS.map(([path, name]) => [`${PLUGINS}/${path}`, name])),
    variables: { [`${PLUGINS}/pkg/utils/buildversion.BuildVersion`]: `v${VERSIONS.cniPlugins}` },
  },
  archive: {
    file: `cni-plugins-${VERSIONS.cniPlugins}-linux-amd64.tar.gz`,
    members: Object.fromEntries(CNI_COMMAND_NAMES.map((name) => [name, name])),
  },
  publish: [archived("cni-plugins", VERSIONS.cniPlugins)],
  seconds: 30,
};

const CLIENTS = clientModules(VERSIONS.flannel);

const coredns: Component = {
  name: "coredns",
  version: VERSIONS.coredns,
  build: { modules: CLIENTS, sources: { "coredns/main.go": COREDNS_MAIN }, commands: { "./coredns": "coredns" } },
  publish: [],
  seconds: 60,
};

const crictl: Component = {
  name: "crictl",
  version: VERSIONS.crictl,
  build: {
    modules: CLIENTS,
    commands: { "sigs.k8s.io/cri-tools/cmd/crictl": "crictl" },
    variables: { "sigs.k8s.io/cri-tools/pkg/version.Version": `v${VERSIONS.crictl}` },
  },
  archive: { file: `crictl-${VERSIONS.crictl}-linux-amd64.tar.gz`, members: { crictl: "crictl" } },
  publish: [archived("crictl", VERSIONS.crictl, { crictl: "crictl" })],
  after: "coredns",
  seconds: 20,
};

const pause: Component = {
  name: "pause",
  version: VERSIONS.pause,
  build: { script: PAUSE(VERSIONS.pause), needsRootfs: false },
  publish: [],
  seconds: 1,
};

/** Programs of Debian that images and the registry need, with their libraries. */
const userland: Component = {
  name: "userland",
  version: "bookworm",
  build: { script: USERLAND, needsRootfs: true },
  publish: [],
  seconds: 25,
};

/** Runs on any distribution of its processor: it brings its libraries and their loader along. */
const bpftool: Component = {
  name: "bpftool",
  version: VERSIONS.bpftool,
  build: { script: BPFTOOL(VERSIONS.bpftool), needsRootfs: true },
  archive: {
    file: `bpftool-${VERSIONS.bpftool}-linux-amd64.tar.gz`,
    members: Object.fromEntries(BPFTOOL_FILES.map((file) => [file, file])),
  },
  publish: [archived("bpftool", VERSIONS.bpftool)],
  seconds: 10,
};

/** Everything a cluster of these Kubernetes versions needs, and these networks. */
export function components(kubernetesVersions: readonly string[], networks: readonly NetworkPick[] = []): readonly Component[] {
  return [
    ...kubernetesVersions.map(kubernetes),
    containerd,
    coredns,
    etcd,
    userland,
    cniPlugins,
    runc,
    crictl,
    flannel(VERSIONS.flannel),
    flannelCni,
    pause,
    bpftool,
    ...networkComponents(networks),
  ];
}
