import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hasInstallConf } from "../builds/flannel.ts";
import { LabError } from "../LabError.ts";
import { busybox, type Folders, filesOf, imagesIn, type LabImage, netTools, SHELL, USERLAND } from "./parts.ts";

/** The flannel manifest is what says which plug-in image a release goes with. */
function flannelRef(folders: Folders, component: string, repository: string): string {
  const refs = imagesIn(readFileSync(join(folders(component), "kube-flannel.yml"), "utf8"));
  const found = refs.find((ref) => ref.includes(`/${repository}:`));
  if (found === undefined) throw new LabError(`flannel's manifest names no image ${repository}`);
  return found;
}

export const flanneldFiles = (version: string): Readonly<Record<string, string>> => ({
  "/opt/bin/flanneld": "flanneld",
  ...(hasInstallConf(version) ? { "/opt/bin/install-conf": "install-conf" } : {}),
});

export function flannelImages(version: string): readonly LabImage[] {
  const component = `flannel ${version}`;
  return [
    {
      name: `flannel ${version}`,
      ref: (folders) => flannelRef(folders, component, "flannel"),
      from: [component, USERLAND],
      image: (folders) => ({
        layers: [
          netTools(folders),
          busybox(
            folders,
            SHELL.filter((tool) => tool !== "ip"),
          ),
          filesOf(folders, component, flanneldFiles(version)),
        ],
        config: { Entrypoint: ["/opt/bin/flanneld"] },
      }),
    },
    {
      name: `flannel-cni-plugin of ${version}`,
      ref: (folders) => flannelRef(folders, component, "flannel-cni-plugin"),
      from: ["flannel-cni 0.9.1", component, USERLAND],
      image: (folders) => ({
        layers: [busybox(folders, SHELL), filesOf(folders, "flannel-cni 0.9.1", { "/flannel": "flannel" })],
        config: {},
      }),
    },
  ];
}
