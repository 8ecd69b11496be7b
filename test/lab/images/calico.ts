import type { Layer } from "./ociImage.ts";
import { busybox, type Folders, filesOf, type LabImage, netTools, SHELL, USERLAND } from "./parts.ts";

const NODE_SHELL = [...SHELL.filter((tool) => tool !== "ip"), "rm", "touch", "env", "ps", "kill", "head", "tail", "find"];

/**
 * In place of runit, which Debian's machines do not have: the same order, the same services, each started again when it ends.
 * BIRD is no Go program: a backend that needs it is told so, and its probes fail as they would with a dead BIRD.
 */
const START = `#!/bin/sh
calico-node -startup || exit 1
export NODENAME="$(cat /var/lib/calico/nodename)"
calico-node -allocate-tunnel-addrs -allocate-tunnel-addrs-run-once || exit 1
export FELIX_FELIXHOSTNAME="$NODENAME"
[ -z "$DATASTORE_TYPE" ] || export FELIX_DATASTORETYPE="$DATASTORE_TYPE"
trap 'trap - TERM; kill 0; exit 143' TERM INT
keep() { while :; do calico-node "$1"; echo "calico-node $1 ended with $?; again in 1 s" >&2; sleep 1; done }
[ -n "$CALICO_DISABLE_FELIX" ] || keep -felix &
[ "$CALICO_NETWORKING_BACKEND" = none ] || keep -monitor-addresses &
keep -allocate-tunnel-addrs &
keep -status-reporter &
[ "$CALICO_MANAGE_CNI" = false ] || keep -monitor-token &
case "$CALICO_NETWORKING_BACKEND" in none | vxlan) ;; *) echo "this image has no BIRD: no BGP" >&2 ;; esac
echo "Calico node started successfully"
wait
`;

/** For a process with no configuration: nothing to a file or to syslog. */
const FELIX_CFG = "[global]\nMetadataAddr = None\nLogFilePath = None\nLogSeverityFile = None\nLogSeveritySys = None\n";

/** calico-node below `bin`, its start, its tools and the folders it writes in. */
export const calicoNodeLayers = (folders: Folders, component: string, bin: string): readonly Layer[] => [
  netTools(folders),
  busybox(folders, NODE_SHELL),
  filesOf(folders, component, { [`${bin}/calico-node`]: "calico-node", [`${bin}/mountns`]: "mountns" }),
  { texts: { "/usr/sbin/start_runit": START, "/etc/calico/felix.cfg": FELIX_CFG } },
];

const PLUGINS = ["bandwidth", "host-local", "loopback", "portmap", "tuning"];

/** What install puts on a node, and itself. */
export const calicoCniLayers = (folders: Folders, component: string, cniPlugins: string): readonly Layer[] => [
  filesOf(folders, cniPlugins, Object.fromEntries(PLUGINS.map((name) => [`/opt/cni/bin/${name}`, name]))),
  filesOf(folders, "flannel-cni 0.9.1", { "/opt/cni/bin/flannel": "flannel" }),
  filesOf(folders, component, {
    "/opt/cni/bin/calico": "calico-cni",
    "/opt/cni/bin/calico-ipam": "calico-cni",
    "/opt/cni/bin/install": "install",
  }),
];

/** Where kube-controllers says how it is, for check-status. */
export const STATUS: Layer = { open: ["/status", "/profiles", "/tmp"] };

export const CNI_PATH = "PATH=/opt/cni/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function calicoImages(version: string, cniPlugins: string): readonly LabImage[] {
  const component = `calico ${version}`;
  const ref = (name: string) => () => `docker.io/calico/${name}:v${version}`;
  return [
    {
      name: `calico-node ${version}`,
      ref: ref("node"),
      from: [component, USERLAND],
      image: (folders) => ({ layers: calicoNodeLayers(folders, component, "/bin"), config: { Cmd: ["start_runit"] } }),
    },
    {
      name: `calico-cni ${version}`,
      ref: ref("cni"),
      from: [component, cniPlugins, "flannel-cni 0.9.1"],
      image: (folders) => ({
        layers: calicoCniLayers(folders, component, cniPlugins),
        config: { Cmd: ["/opt/cni/bin/install"], WorkingDir: "/opt/cni/bin", Env: [CNI_PATH] },
      }),
    },
    {
      name: `calico-kube-controllers ${version}`,
      ref: ref("kube-controllers"),
      from: [component],
      image: (folders) => ({
        layers: [
          STATUS,
          filesOf(folders, component, {
            "/usr/bin/kube-controllers": "kube-controllers",
            "/usr/bin/check-status": "check-status",
          }),
        ],
        config: { Entrypoint: ["/usr/bin/kube-controllers"], User: "999" },
      }),
    },
    {
      name: `calico-typha ${version}`,
      ref: ref("typha"),
      from: [component],
      image: (folders) => ({
        layers: [
          { open: ["/tmp"] },
          filesOf(folders, component, { "/usr/bin/calico-typha": "calico-typha" }),
          {
            texts: { "/etc/calico/typha.cfg": "[global]\nLogFilePath = None\nLogSeverityFile = None\nLogSeveritySys = None\n" },
          },
        ],
        config: { Cmd: ["/usr/bin/calico-typha"], User: "999" },
      }),
    },
  ];
}
