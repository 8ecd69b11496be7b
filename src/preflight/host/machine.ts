import { hostFacts } from "../../facts/hostFacts.ts";
import { doubtful, no, seen, unknown } from "../../kernel/answer.ts";
import { isControlPlane } from "../../model/cluster.ts";
import { type Check, check } from "../check.ts";
import { installTools, unknownDistribution } from "./distributions.ts";

/** kubeadm's own minimum for a control plane: kubernetes `cmd/kubeadm/app/constants/constants.go`. */
const controlPlaneCpus = 2;
const controlPlaneMemoryMb = 1700;
/** Programs, images and room for pods: measured on a control plane with flannel, 2.1 GB, rounded up. */
const freeMb = 3000;

const facts = () => ({ host: hostFacts });

/** What a machine is: whether it is of a kind, and of a size, that a node can be made of. */
export const machineChecks: readonly Check[] = [
  check({
    name: "host/cpu",
    title: "CPU architecture",
    facts,
    judge: ({ facts: { host } }) => [
      {
        what: "CPU architecture",
        answer:
          host.machine === "x86_64"
            ? seen(host.machine)
            : no("this CPU architecture is not supported", "use x86_64 machines", host.machine || "nothing"),
      },
    ],
  }),
  check({
    name: "host/distribution",
    title: "distribution",
    facts,
    judge: ({ facts: { host }, cluster }) => {
      const is = `${host.os || "unknown"} ${host.osVersion}`.trim();
      const serving = unknownDistribution(host.os, host.osVersion);
      if (serving === null) return [{ what: "distribution", answer: seen(is) }];
      const why = "this distribution is not one that is known to serve";
      const hint = `known, each from that release on: ${serving}`;
      const refused = cluster.os.distributions === "known";
      return [
        {
          what: "distribution",
          answer: refused ? no(why, `${hint}; os.distributions: any takes others`, is) : doubtful(why, hint, is),
        },
      ];
    },
  }),
  check({
    name: "host/systemd",
    title: "systemd",
    facts,
    judge: ({ facts: { host } }) => [
      {
        what: "systemd",
        answer: host.systemd
          ? seen("runs")
          : no("the machine does not run systemd", "use a distribution that boots with systemd", host.os),
      },
    ],
  }),
  check({
    name: "host/tools",
    title: "tools",
    facts,
    judge: ({ facts: { host } }) => [
      {
        what: "tools",
        answer:
          host.missingTools.length === 0
            ? seen("all on the PATH")
            : no("programs that Kubernetes calls are missing", installTools(host.os), host.missingTools.join(", ")),
      },
    ],
  }),
  check({
    name: "host/cpus",
    title: "CPUs",
    facts,
    judge: ({ facts: { host }, node }) => {
      if (!(host.cpus > 0)) return [{ what: "CPUs", answer: unknown("/proc/cpuinfo could not be read") }];
      const few = isControlPlane(node) && host.cpus < controlPlaneCpus;
      return [
        {
          what: "CPUs",
          answer: few
            ? no(`a control plane needs ${controlPlaneCpus} CPUs`, "take a larger machine", String(host.cpus))
            : seen(String(host.cpus)),
        },
      ];
    },
  }),
  check({
    name: "host/memory",
    title: "memory",
    facts,
    judge: ({ facts: { host }, node }) => {
      if (!(host.memoryMb > 0)) return [{ what: "memory", answer: unknown("/proc/meminfo could not be read") }];
      const little = isControlPlane(node) && host.memoryMb < controlPlaneMemoryMb;
      return [
        {
          what: "memory",
          answer: little
            ? no(`a control plane needs ${controlPlaneMemoryMb} MB of memory`, "take a larger machine", `${host.memoryMb} MB`)
            : seen(`${host.memoryMb} MB`),
        },
      ];
    },
  }),
  check({
    name: "host/disk",
    title: "disk space",
    facts,
    judge: ({ facts: { host } }) => {
      const short = host.claimedBy === "" && !(host.freeMb >= freeMb);
      return [
        {
          what: "disk space",
          answer: short
            ? no(
                `${freeMb} MB must be free under /var/lib`,
                "free some space or give /var/lib a larger disk",
                `${host.freeMb} MB`,
              )
            : seen(`${host.freeMb} MB`),
        },
      ];
    },
  }),
  check({
    name: "host/swap",
    title: "swap",
    facts,
    judge: ({ facts: { host }, cluster }) => {
      const devices = host.swapDevices.join(", ");
      if (devices === "") return [{ what: "swap", answer: seen("off") }];
      if (cluster.os.swap === "disable") return [{ what: "swap", answer: seen(`${devices} is turned off: os.swap: disable`) }];
      const hint = "turn it off (swapoff -a and /etc/fstab), or set os.swap: disable in the inventory";
      return [{ what: "swap", answer: no("swap is on", hint, devices) }];
    },
  }),
  check({
    name: "host/hostname",
    title: "hostname",
    facts,
    judge: ({ facts: { host }, node }) => [
      {
        what: "hostname",
        answer:
          host.hostname === node.name
            ? seen(host.hostname)
            : doubtful(
                `the machine calls itself ${host.hostname}; the cluster will call it ${node.name}`,
                `hostnamectl hostname ${node.name}, or name the node ${host.hostname} in the inventory`,
              ),
      },
    ],
  }),
];
