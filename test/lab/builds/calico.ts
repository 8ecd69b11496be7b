import { binary, type Component, type Published } from "./component.ts";

const CALICO = "github.com/projectcalico/calico";

const MANIFESTS = {
  "calico-manifest": "calico.yaml",
  "calico-typha-manifest": "calico-typha.yaml",
  "canal-manifest": "canal.yaml",
};

const VERSION_VARIABLES = [
  "main.VERSION",
  `${CALICO}/calicoctl/calicoctl/commands.VERSION`,
  `${CALICO}/node/pkg/lifecycle/startup.VERSION`,
  `${CALICO}/node/buildinfo.GitVersion`,
  `${CALICO}/typha/pkg/buildinfo.GitVersion`,
];

const manifest = (name: string, version: string): Published => ({
  name,
  version,
  platform: "any",
  format: "text",
  file: `${name}.yaml`,
});

/** Release -> the version under which its commit is served as a module: the repository's own tags are no module versions. */
const MODULE_VERSIONS: Readonly<Record<string, string>> = {
  "3.28.5": "v1.11.0-cni-plugin.0.20250813170300-a0db560f0520",
};

/** `calico-cni` is two plug-ins by the name it is called with; without C there are no eBPF programs, and no BIRD is served as a module. */
export function calico(version: string): Component {
  return {
    name: "calico",
    version,
    build: {
      modules: { [CALICO]: MODULE_VERSIONS[version] ?? `v${version}` },
      replacesOf: CALICO,
      replace: { "github.com/projectcalico/api": "v0.0.0-20240708202104-e3f70b269c2c" },
      commands: {
        [`${CALICO}/node/cmd/calico-node`]: "calico-node",
        [`${CALICO}/node/cmd/mountns`]: "mountns",
        [`${CALICO}/cni-plugin/cmd/calico`]: "calico-cni",
        [`${CALICO}/cni-plugin/cmd/install`]: "install",
        [`${CALICO}/kube-controllers/cmd/kube-controllers`]: "kube-controllers",
        [`${CALICO}/kube-controllers/cmd/check-status`]: "check-status",
        [`${CALICO}/typha/cmd/calico-typha`]: "calico-typha",
        [`${CALICO}/calicoctl/calicoctl`]: "calicoctl",
      },
      variables: Object.fromEntries(VERSION_VARIABLES.map((name) => [name, `v${version}`])),
      copy: {
        module: CALICO,
        files: Object.fromEntries(Object.entries(MANIFESTS).map(([name, file]) => [`manifests/${file}`, `${name}.yaml`])),
      },
    },
    publish: [...Object.keys(MANIFESTS).map((name) => manifest(name, version)), binary("calicoctl", version)],
    seconds: 225,
  };
}
