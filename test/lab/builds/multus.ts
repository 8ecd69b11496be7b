import type { Component, Published } from "./component.ts";

const MULTUS = "gopkg.in/k8snetworkplumbingwg/multus-cni.v4";

/** Commands by their folder, which is their name in the image too. */
export const MULTUS_COMMANDS = [
  "multus",
  "multus-daemon",
  "multus-shim",
  "install_multus",
  "thin_entrypoint",
  "kubeconfig_generator",
  "cert-approver",
];

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
      commands: Object.fromEntries(MULTUS_COMMANDS.map((command) => [`${MULTUS}/cmd/${command}`, command])),
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
