import { CNI_COMMAND_NAMES } from "../builds/components.ts";
import { VERSIONS } from "../builds/versions.ts";
import { CNI_PATH, calicoCniLayers, calicoNodeLayers, STATUS } from "./calico.ts";
import { THICK, THIN, thickFiles, thinFiles } from "./multus.ts";
import { busybox, filesOf, type LabImage, netTools, SHELL, USERLAND } from "./parts.ts";

const PLUGINS = `cni-plugins ${VERSIONS.cniPlugins}`;
const COREDNS = `coredns ${VERSIONS.coredns}`;

/** Copies by temporary file and rename: a plug-in that a kubelet is about to call is never half there. */
const INSTALL_PLUGINS = `#!/bin/sh
set -eu
to=/host/opt/cni/bin
for plugin in /opt/cni/bin/*; do
  name=\${plugin##*/}
  case ",\${SKIP_CNI_BINARIES:-}," in *",$name,"*) continue ;; esac
  if [ "\${UPDATE_CNI_BINARIES:-true}" = false ] && [ -e "$to/$name" ]; then continue; fi
  cp "$plugin" "$to/.$name.$$"
  mv "$to/.$name.$$" "$to/$name"
  echo "installed $name"
done
`;

/** The programs of the lab under the names of SUSE's builds, with as much beside them as those have; the digests and the compiler are the lab's. */
function hardened(name: string, tag: string, from: readonly string[], image: LabImage["image"]): LabImage {
  return { name: `hardened-${name} ${tag}`, ref: () => `docker.io/rancher/hardened-${name}:${tag}`, from, image };
}

/** Build dates of the tags by version. 20260722 for 0.28.7 and 3.28.5 are the lab's own: no such tag was published. */
const FLANNEL_BUILDS: Readonly<Record<string, readonly string[]>> = {
  "0.28.4": ["20260415", "20260511"],
  "0.28.7": ["20260722"],
};

export const hardenedFlannel = (version: string): readonly LabImage[] =>
  (FLANNEL_BUILDS[version] ?? []).map((date) =>
    hardened("flannel", `v${version}-build${date}`, [`flannel ${version}`, USERLAND], (folders) => ({
      layers: [
        netTools(folders),
        busybox(
          folders,
          SHELL.filter((tool) => tool !== "ip"),
        ),
        filesOf(folders, `flannel ${version}`, { "/opt/bin/flanneld": "flanneld" }),
        { texts: { "/etc/build-date": `${date}\n` } }, // else two builds of one version were one image
      ],
      config: { Entrypoint: ["/opt/bin/flanneld"] },
    })),
  );

/** One image for node, plug-ins and controllers, with its commands in /usr/bin; it has no Typha. */
export function hardenedCalico(version: string): readonly LabImage[] {
  const component = `calico ${version}`;
  const image = hardened(
    "calico",
    `v${version}-build20260722`,
    [component, PLUGINS, "flannel-cni 0.9.1", USERLAND],
    (folders) => ({
      layers: [
        ...calicoNodeLayers(folders, component, "/usr/bin"),
        ...calicoCniLayers(folders, component, PLUGINS),
        filesOf(folders, component, {
          "/usr/bin/kube-controllers": "kube-controllers",
          "/usr/bin/check-status": "check-status",
          "/calicoctl": "calicoctl",
        }),
        { links: { "/install-cni": "/opt/cni/bin/install" } },
        STATUS,
      ],
      config: { Env: [`${CNI_PATH.replace("/opt/cni/bin:", "")}:/opt/cni/bin`] },
    }),
  );
  return [image];
}

const MULTUS_BUILDS: Readonly<Record<string, string>> = { "4.2.3": "20260206" };

export function hardenedMultus(version: string): readonly LabImage[] {
  const date = MULTUS_BUILDS[version];
  if (date === undefined) return [];
  const component = `multus ${version}`;
  return [
    hardened("multus-cni", `v${version}-build${date}`, [component], (folders) => ({
      layers: thinFiles(folders, version),
      config: THIN,
    })),
    hardened("multus-thick", `v${version}-build${date}`, [component, USERLAND], (folders) => ({
      layers: thickFiles(folders, version),
      config: THICK,
    })),
  ];
}

/** What every network uses. */
export const hardenedCommon: readonly LabImage[] = [
  hardened("cni-plugins", `v${VERSIONS.cniPlugins}-build20260717`, [PLUGINS, "flannel-cni 0.9.1", USERLAND], (folders) => ({
    layers: [
      busybox(folders, [...SHELL, "mv"]),
      filesOf(folders, PLUGINS, Object.fromEntries(CNI_COMMAND_NAMES.map((name) => [`/opt/cni/bin/${name}`, name]))),
      filesOf(folders, "flannel-cni 0.9.1", { "/opt/cni/bin/flannel": "flannel" }),
      { texts: { "/install-cnis.sh": INSTALL_PLUGINS } },
    ],
    config: { Entrypoint: ["./install-cnis.sh"], WorkingDir: "/" },
  })),
  hardened("coredns", `v${VERSIONS.coredns}-build20260310`, [COREDNS, USERLAND], (folders) => ({
    layers: [busybox(folders, SHELL), filesOf(folders, COREDNS, { "/coredns": "coredns" })],
    config: { Entrypoint: ["/coredns"] },
  })),
];
