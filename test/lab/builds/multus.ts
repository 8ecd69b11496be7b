import type { Component, Published } from "./component.ts";
import { VERSIONS } from "./versions.ts";

const MULTUS = "gopkg.in/k8snetworkplumbingwg/multus-cni.v4";

const COMMANDS = [
  "multus",
  "multus-daemon",
  "multus-shim",
  "install_multus",
  "thin_entrypoint",
  "kubeconfig_generator",
  "cert-approver",
];

/** Folder below cmd/ -> the command's name. install_multus of 4.2.3 puts `passthru` on the node and fails without it; 4.2.0 has none. */
const commands = (version: string): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(COMMANDS.map((command) => [command, command])),
  ...(version === VERSIONS.multusBefore ? {} : { "passthru-cni": "passthru" }),
});

export const multusCommands = (version: string): readonly string[] => Object.values(commands(version));

const MANIFESTS = {
  "multus-manifest": "deployments/multus-daemonset.yml",
  "multus-thick-manifest": "deployments/multus-daemonset-thick.yml",
};

export function multus(version: string): Component {
  const published = (name: string): Published => ({ name, version, platform: "any", format: "text", file: `${name}.yml` });
  return {
    name: "multus",
    version,
    build: {
      modules: { [MULTUS]: `v${version}` },
      commands: Object.fromEntries(
        Object.entries(commands(version)).map(([folder, command]) => [`${MULTUS}/cmd/${folder}`, command]),
      ),
      variables: {
        [`${MULTUS}/pkg/multus.version`]: `v${version}`,
        [`${MULTUS}/pkg/multus.releaseStatus`]: ",released",
      },
      copy: {
        module: MULTUS,
        files: Object.fromEntries(Object.entries(MANIFESTS).map(([name, path]) => [path, `${name}.yml`])),
      },
    },
    publish: Object.keys(MANIFESTS).map(published),
    seconds: 100,
  };
}
