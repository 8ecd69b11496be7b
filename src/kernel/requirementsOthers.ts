import { type Feature, linkRow, optionRows, readsKernelMemory } from "./requirement.ts";

const cni = "https://www.cni.dev/plugins/current/main/";
const sriov = "https://github.com/k8snetworkplumbingwg/sriov-network-device-plugin/blob/master/docs/vf-setup.md";
const retina = "https://retina.sh/docs/Introduction/intro";
const plugins = "https://retina.sh/docs/Metrics/plugins/Linux/packetparser";
const chart = "https://github.com/microsoft/retina/tree/main/deploy/standard/manifests/controller/helm/retina";

export const otherFeatures: readonly Feature[] = [
  {
    name: "multus-macvlan",
    title: "Multus macvlan",
    summary: "Further interfaces of pods, of type macvlan.",
    instead: "use type ipvlan, or bridge, in the network's definition",
    requirements: [linkRow("macvlan", "MACVLAN", { source: `${cni}macvlan/` })],
  },
  {
    name: "multus-ipvlan",
    title: "Multus ipvlan",
    summary: "Further interfaces of pods, of type ipvlan.",
    instead: "use type macvlan, or bridge, in the network's definition",
    requirements: [linkRow("ipvlan", "IPVLAN", { source: `${cni}ipvlan/` })],
  },
  {
    name: "multus-sriov",
    title: "Multus SR-IOV",
    summary: "Virtual functions of a network card in pods.",
    requirements: [
      ...optionRows({ severity: "error", source: sriov }, "PCI_IOV"),
      ...optionRows(
        { severity: "warning", source: sriov, because: "for pods that drive the device themselves (DPDK)" },
        "VFIO",
        "VFIO_PCI",
      ),
    ],
  },
  {
    name: "retina",
    title: "Retina",
    summary: "Retina's agent with its default plug-ins.",
    requirements: [
      { what: "kernel 5.4", need: { kernel: "5.4" }, severity: "error", source: retina },
      { what: "machine", need: { machine: ["x86_64", "aarch64"] }, severity: "error", source: retina },
      ...optionRows({ severity: "error", source: retina }, "BPF_SYSCALL", "BPF_JIT"),
      {
        what: "bpffs",
        need: { bpffs: true },
        severity: "error",
        source: chart,
        because: "its maps are pinned there, through a mount of the host's folder",
        hint: "mount it at boot: systemd's sys-fs-bpf.mount, or `mount -t bpf bpf /sys/fs/bpf`",
      },
      { what: "debugfs", need: { filesystem: "debugfs" }, severity: "error", source: chart },
      { what: "tracefs", need: { filesystem: "tracefs" }, severity: "error", source: chart },
      {
        what: "dropreason",
        need: {
          any: [
            {
              all: [
                { option: "FUNCTION_TRACER" },
                { option: "DEBUG_INFO_BTF" },
                { any: [{ kernel: "6.0" }, { all: [{ machine: ["x86_64"] }, { kernel: "5.5" }] }] },
              ],
            },
            { option: "KPROBES" },
          ],
        },
        severity: "warning",
        source: "https://retina.sh/docs/Metrics/plugins/Linux/dropreason",
        because: "the plug-in dropreason hangs on kernel functions: fexit, else kprobes",
        hint: "leave dropreason out of enabledPlugin_linux in Retina's values",
      },
      { what: "BTF", need: { btf: true }, severity: "error", source: retina, because: "its programs adapt to the kernel by it" },
      readsKernelMemory,
    ],
  },
  {
    name: "retina-packetparser",
    title: "Retina packetparser",
    summary: "Retina's plug-in for single packets, which its pod-level metrics and its variant hubble need.",
    instead: "leave packetparser out of enabledPlugin_linux in Retina's values",
    requirements: optionRows(
      { severity: "error", source: plugins, because: "packetparser's programs on every pod's interface" },
      "NET_CLS_BPF",
      "NET_SCH_INGRESS",
    ),
  },
];
