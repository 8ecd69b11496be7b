import { archived, binary, type Component } from "./component.ts";
import { kubernetes } from "./kubernetes.ts";
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
    members: Object.fromEntries(CNI_COMMANDS.map(([, name]) => [name, name])),
  },
  publish: [archived("cni-plugins", VERSIONS.cniPlugins)],
  seconds: 30,
};

/** flannel's plug-in module is not served as a Go module; its last stand in the common plug-ins is 0.9.1. */
const flannelCni: Component = {
  name: "flannel-cni",
  version: "0.9.1",
  build: { modules: { [PLUGINS]: "v0.9.1" }, commands: { [`${PLUGINS}/plugins/meta/flannel`]: "flannel" } },
  publish: [],
  seconds: 6,
};

/** Three programs that use the same Kubernetes client library: required together, it is compiled once. */
const CLIENTS = {
  "github.com/coredns/coredns": `v${VERSIONS.coredns}`,
  "github.com/flannel-io/flannel": `v${VERSIONS.flannel}`,
  "sigs.k8s.io/cri-tools": `v${VERSIONS.crictl}`,
};

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

const FLANNEL = "github.com/flannel-io/flannel";
const flannel: Component = {
  name: "flannel",
  version: VERSIONS.flannel,
  build: {
    modules: CLIENTS,
    commands: { "./flanneld": "flanneld", [`${FLANNEL}/cmd/install_conf`]: "install-conf" },
    // one needs C, the other a cloud's SDK; the lab's clusters use vxlan or host-gw
    without: {
      module: FLANNEL,
      file: "main.go",
      imports: [`${FLANNEL}/pkg/backend/udp`, `${FLANNEL}/pkg/backend/tencentvpc`],
      as: "flanneld/main.go",
    },
    copy: { module: FLANNEL, files: { "Documentation/kube-flannel.yml": "kube-flannel.yml" } },
    variables: { [`${FLANNEL}/pkg/version.Version`]: `v${VERSIONS.flannel}` },
  },
  publish: [{ name: "flannel-manifest", version: VERSIONS.flannel, platform: "any", format: "text", file: "kube-flannel.yml" }],
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

/** Everything a cluster of these Kubernetes versions needs. */
export function components(kubernetesVersions: readonly string[]): readonly Component[] {
  return [
    ...kubernetesVersions.map(kubernetes),
    containerd,
    coredns,
    etcd,
    userland,
    cniPlugins,
    runc,
    crictl,
    flannel,
    flannelCni,
    pause,
    bpftool,
  ];
}
