import { join } from "node:path";
import { CILIUM_BPF, CILIUM_SCRIPTS, ciliumUserland } from "../builds/cilium.ts";
import { componentId } from "../builds/component.ts";
import { filesOf, type LabImage, netTools, USERLAND } from "./parts.ts";

const AGENT_COMMANDS = [
  "cilium-agent",
  "cilium-dbg",
  "cilium-health",
  "cilium-health-responder",
  "cilium-mount",
  "cilium-sysctlfix",
  "hubble",
];

const BASE = componentId(ciliumUserland);

/** The agent compiles its programs on the node, with the clang of its image. No Envoy: it is no Go program. */
export function ciliumImages(version: string, cniPlugins: string): readonly LabImage[] {
  const component = `cilium ${version}`;
  const ref = (name: string) => () => `quay.io/cilium/${name}:v${version}`;
  return [
    {
      name: `cilium ${version}`,
      ref: ref("cilium"),
      from: [component, BASE, USERLAND, cniPlugins],
      image: (folders) => ({
        layers: [
          { tar: join(folders(BASE), "cilium.tar") },
          netTools(folders),
          { tar: join(folders(component), CILIUM_BPF) },
          filesOf(folders, component, {
            ...Object.fromEntries(AGENT_COMMANDS.map((command) => [`/usr/bin/${command}`, command])),
            ...Object.fromEntries(CILIUM_SCRIPTS.map((script) => [`/${script}`, script])),
            "/opt/cni/bin/cilium-cni": "cilium-cni",
          }),
          filesOf(folders, cniPlugins, { "/cni/loopback": "loopback" }),
          { open: ["/home/cilium", "/tmp"] },
        ],
        config: {
          Cmd: ["/usr/bin/cilium-dbg"],
          WorkingDir: "/home/cilium",
          Env: [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HUBBLE_SERVER=unix:///var/run/cilium/hubble.sock",
            "INITSYSTEM=SYSTEMD",
          ],
        },
      }),
    },
    {
      name: `cilium-operator-generic ${version}`,
      ref: ref("operator-generic"),
      from: [component],
      image: (folders) => ({
        layers: [
          filesOf(folders, component, { "/usr/bin/cilium-operator-generic": "cilium-operator-generic" }),
          { open: ["/home/gops", "/tmp"] },
        ],
        config: { Cmd: ["/usr/bin/cilium-operator-generic"], WorkingDir: "/", Env: ["GOPS_CONFIG_DIR=/home/gops"] },
      }),
    },
    {
      name: `hubble-relay ${version}`,
      ref: ref("hubble-relay"),
      from: [component],
      image: (folders) => ({
        layers: [filesOf(folders, component, { "/usr/bin/hubble-relay": "hubble-relay" }), { open: ["/home/gops", "/tmp"] }],
        config: {
          Entrypoint: ["/usr/bin/hubble-relay"],
          Cmd: ["serve"],
          User: "65532:65532",
          Env: ["GOPS_CONFIG_DIR=/home/gops"],
        },
      }),
    },
  ];
}
