import { hostFacts } from "../../src/facts/hostFacts.ts";
import { isControlPlane } from "../../src/model/cluster.ts";
import { nodeStep } from "../../src/role/step.ts";
import { blocked, ok, type Reason } from "../../src/role/verdict.ts";
import { kernelServesNftables, unknownDistribution } from "./distributions.ts";

/** kubeadm's own minimum for a control plane: kubernetes `cmd/kubeadm/app/constants/constants.go`. */
const controlPlaneCpus = 2;
const controlPlaneMemoryMb = 1700;
/** Programs, images and room for pods: measured on a control plane with flannel, 2.1 GB, rounded up. */
const freeMb = 3000;

/** What the machine is, before anything is done to it. Changes nothing. */
export const host = nodeStep({
  id: "os/host",
  summary: "the machine can be a node",
  facts: () => ({ host: hostFacts }),
  check: ({ facts: { host }, node, cluster }) => {
    const reasons: Reason[] = [];
    const warnings: Reason[] = [];
    const no = (code: string, message: string, seen: string, hint: string): number =>
      reasons.push({ code: `os/${code}`, message, seen, hint });
    if (host.machine !== "x86_64")
      no("cpu", "this CPU architecture is not supported", host.machine || "nothing", "use x86_64 machines");
    const serving = unknownDistribution(host.os, host.osVersion);
    if (serving !== null && cluster.os.distributions === "known") {
      no(
        "distribution",
        "this distribution is not one that is known to serve",
        `${host.os || "unknown"} ${host.osVersion}`,
        `known, each from that release on: ${serving}; os.distributions: any takes others`,
      );
    } else if (serving !== null)
      warnings.push({
        code: "os/distribution",
        message: `${host.os || "unknown"} ${host.osVersion} is not one that is known to serve`,
      });
    if (cluster.network.kubeProxy.mode === "nftables" && !kernelServesNftables(host.kernel)) {
      no(
        "kernel",
        "kube-proxy's nftables mode needs kernel 5.13 or newer",
        host.kernel,
        "take a newer kernel, or set network.kubeProxy.mode: iptables",
      );
    }
    if (!host.systemd) no("systemd", "the machine does not run systemd", host.os, "use a distribution that boots with systemd");
    if (host.missingTools.length > 0) {
      no(
        "tools",
        "programs that Kubernetes calls are missing",
        host.missingTools.join(", "),
        "install them, on Debian or Ubuntu: apt-get install conntrack iproute2 mount util-linux procps tar",
      );
    }
    if (isControlPlane(node) && host.cpus < controlPlaneCpus)
      no("cpus", `a control plane needs ${controlPlaneCpus} CPUs`, String(host.cpus), "take a larger machine");
    if (isControlPlane(node) && host.memoryMb < controlPlaneMemoryMb)
      no("memory", `a control plane needs ${controlPlaneMemoryMb} MB of memory`, `${host.memoryMb} MB`, "take a larger machine");
    if (host.claimedBy === "" && host.freeMb < freeMb)
      no(
        "disk",
        `${freeMb} MB must be free under /var/lib`,
        `${host.freeMb} MB`,
        "free some space or give /var/lib a larger disk",
      );
    if (host.swapDevices.length > 0 && cluster.os.swap === "refuse") {
      no(
        "swap",
        "swap is on",
        host.swapDevices.join(", "),
        "turn it off (swapoff -a and /etc/fstab), or set os.swap: disable in the inventory",
      );
    }
    if (host.claimedBy !== "" && host.claimedBy !== cluster.name) {
      no(
        "other-cluster",
        `the machine belongs to cluster ${host.claimedBy}`,
        host.claimedBy,
        "take it out of that cluster first: provision reset --node",
      );
    }
    if (host.claimedBy === "" && host.traces.length > 0) {
      no(
        "other-cluster",
        "the machine already runs a cluster or a container runtime of another hand",
        host.traces.join(", "),
        "remove it first, or use a clean machine",
      );
    }
    if (host.hostname !== node.name) {
      warnings.push({
        code: "os/hostname",
        message: `the machine calls itself ${host.hostname}; the cluster will call it ${node.name}`,
      });
    }
    if (reasons.length > 0) return blocked(...reasons);
    return warnings.length > 0 ? { status: "ok", warnings } : ok;
  },
  apply: () => [],
});
