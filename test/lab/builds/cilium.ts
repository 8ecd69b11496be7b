import type { Component } from "./component.ts";
import { DEBIAN_TREE } from "./sources.ts";
import { VERSIONS } from "./versions.ts";

const CILIUM = "github.com/cilium/cilium";

/** Package below the module -> the command's name in the image. */
const COMMANDS = {
  daemon: "cilium-agent",
  operator: "cilium-operator-generic",
  "cilium-dbg": "cilium-dbg",
  "cilium-health": "cilium-health",
  "cilium-health/responder": "cilium-health-responder",
  "tools/mount": "cilium-mount",
  "tools/sysctlfix": "cilium-sysctlfix",
  "plugins/cilium-cni": "cilium-cni",
  "hubble-relay": "hubble-relay",
  hubble: "hubble",
};

const SCRIPTS = [
  "images/cilium/init-container.sh",
  "plugins/cilium-cni/install-plugin.sh",
  "plugins/cilium-cni/cni-uninstall.sh",
];

export const CILIUM_SCRIPTS = SCRIPTS.map((path) => path.slice(path.lastIndexOf("/") + 1));
export const CILIUM_BPF = "bpf.tar";

/** What its go.mod replaces are forks that no module proxy serves; the originals compile too. Of Envoy, certgen and the Hubble UI there is no module. */
export function cilium(version: string): Component {
  const chart = `cilium-${version}.tgz`;
  return {
    name: "cilium",
    version,
    build: {
      modules: { [CILIUM]: `v${version}` },
      tags: ["osusergo", "netgo", "ipam_provider_operator"],
      commands: Object.fromEntries(Object.entries(COMMANDS).map(([path, name]) => [`${CILIUM}/${path}`, name])),
      // "version revision date", as `cilium-dbg version` takes it apart
      variables: { [`${CILIUM}/pkg/version.ciliumVersion`]: `${version} lab 1970-01-01T00:00:00+00:00` },
      copy: { module: CILIUM, files: Object.fromEntries(SCRIPTS.map((path, i) => [path, CILIUM_SCRIPTS[i] ?? ""])) },
      pack: {
        module: CILIUM,
        folders: {
          "install/kubernetes/cilium": { file: chart, as: "cilium" },
          bpf: { file: CILIUM_BPF, as: "var/lib/cilium/bpf" },
        },
      },
    },
    publish: [{ name: "cilium-chart", version, platform: "any", format: "chart", file: chart }],
    seconds: 700,
  };
}

/** The compiler of Cilium's programs, and what its scripts and its chart's commands call. */
export const ciliumUserland: Component = {
  name: "cilium-userland",
  version: `llvm-${VERSIONS.llvm}`,
  build: {
    script: DEBIAN_TREE({
      packages: [`clang-${VERSIONS.llvm}`, `llvm-${VERSIONS.llvm}`],
      file: "cilium.tar",
      programs: [
        `/usr/lib/llvm-${VERSIONS.llvm}/bin/{clang,llc}`,
        "/usr/bin/{bash,basename,cat,chmod,cp,cut,date,dirname,env,find,grep,head,id,ls,mkdir,mount,mv,nsenter,ps,rm,rmdir,sed,sleep,sort,stat,tail,test,touch,true,uname,wc}",
        "/usr/sbin/tc",
      ],
      links: {
        "/usr/bin/sh": "bash",
        "/bin/sh": "../usr/bin/bash",
        "/bin/bash": "../usr/bin/bash",
        "/usr/local/bin/clang": `../../lib/llvm-${VERSIONS.llvm}/bin/clang`,
        "/usr/local/bin/llc": `../../lib/llvm-${VERSIONS.llvm}/bin/llc`,
      },
    }),
    needsRootfs: true,
  },
  publish: [],
  seconds: 60,
};
