import { multusCommands } from "../builds/multus.ts";
import type { Layer } from "./ociImage.ts";
import { BASE_FILES, busybox, type Folders, filesOf, type LabImage, SHELL, USERLAND } from "./parts.ts";

const below = (folder: string, commands: readonly string[]) =>
  Object.fromEntries(commands.map((command) => [`${folder}/${command}`, command]));

/** The thin image's commands at the root too, where its manifest calls them. */
export const thinFiles = (folders: Folders, version: string): readonly Layer[] => [
  filesOf(folders, `multus ${version}`, {
    ...below("/usr/src/multus-cni/bin", multusCommands(version)),
    ...below("", ["install_multus", "thin_entrypoint", "kubeconfig_generator", "cert-approver"]),
  }),
];

/** 4.2.0's manifest calls `cp`. */
export const thickFiles = (folders: Folders, version: string): readonly Layer[] => [
  busybox(folders, SHELL),
  BASE_FILES,
  filesOf(folders, `multus ${version}`, below("/usr/src/multus-cni/bin", multusCommands(version))),
];

export const THIN = { Entrypoint: ["/thin_entrypoint"], WorkingDir: "/" };
export const THICK = { Entrypoint: ["/usr/src/multus-cni/bin/multus-daemon"], WorkingDir: "/" };

export function multusImages(version: string): readonly LabImage[] {
  const component = `multus ${version}`;
  const ref = `ghcr.io/k8snetworkplumbingwg/multus-cni:v${version}`;
  return [
    {
      name: `multus ${version}`,
      ref: () => ref,
      from: [component],
      image: (folders) => ({ layers: thinFiles(folders, version), config: THIN }),
    },
    {
      name: `multus-thick ${version}`,
      ref: () => `${ref}-thick`,
      from: [component, USERLAND],
      image: (folders) => ({ layers: thickFiles(folders, version), config: THICK }),
    },
  ];
}
