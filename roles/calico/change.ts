import { type CalicoPool, calicoFact } from "../../src/facts/calico.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import type { CalicoSpec } from "../../src/model/cni/calico.ts";
import { changeConcerns } from "../../src/network/calicoVersions.ts";
import { factsIf } from "../../src/role/factsIf.ts";
import { clusterStep, type Step } from "../../src/role/step.ts";
import type { Reason } from "../../src/role/verdict.ts";
import { poolName, poolSpec } from "./resources.ts";

/** Whether what runs may become what the inventory says, on a live cluster. Changes nothing. */
export const change: Step = clusterStep({
  id: "calico/change",
  summary: "Calico may go from what runs to what the inventory says",
  after: [{ step: "control-plane/up", on: "first-control-plane" }],
  kube: ({ cluster }) => factsIf(cluster.network.cni.name === "calico", { live: calicoFact }),
  check: ({ kube, cluster }) => {
    const { cni } = cluster.network;
    if (kube === null || cni.name !== "calico") return { status: "ok" };
    const { version, pools } = kube.live;
    const concerns = version === null ? [] : changeConcerns(version, cni.version, cni.acceptNoWayBack);
    const told = (severity: "error" | "warning"): readonly Reason[] =>
      concerns
        .filter((one) => one.severity === severity)
        .map(({ code, message, hint }) => ({ code: `calico/${code.replace(/^calico-/, "")}`, message, hint }));
    const reasons = [...told("error"), ...pools.flatMap((pool) => fixedPool(cluster, cni, pool))];
    return reasons.length > 0 ? { status: "blocked", reasons } : { status: "ok", warnings: told("warning") };
  },
  apply: () => [],
});

const isTunnel = (mode: unknown): boolean => mode !== "Never" && mode !== "";

/** What of a pool in use cannot change: pods keep their addresses, and nodes that wrap packets differently do not reach each other. */
function fixedPool(cluster: ClusterSpec, cni: CalicoSpec, live: CalicoPool): readonly Reason[] {
  if (live.name !== poolName) return [];
  const wanted = poolSpec(cluster, cni);
  const fixed = (field: string, now: unknown, then: unknown, why: string): Reason => ({
    code: "calico/fixed",
    message: `${field}: the pool ${live.name} has ${String(now)}, the inventory wants ${String(then)}, and that does not change on a live cluster: ${why}`,
    hint: `put ${String(now)} back into the inventory, or set up a new cluster`,
  });
  return [
    ...(live.cidr === wanted.cidr
      ? []
      : [fixed("network.pods", live.cidr, wanted.cidr, "pods keep addresses that no pool would have")]),
    ...(live.blockSize === wanted.blockSize
      ? []
      : [fixed("network.cni.ipam.blockSize", live.blockSize, wanted.blockSize, "nodes keep the blocks they have")]),
    ...(isTunnel(live.vxlanMode) === isTunnel(wanted.vxlanMode) && isTunnel(live.ipipMode) === isTunnel(wanted.ipipMode)
      ? []
      : [
          fixed(
            "network.cni.encapsulation",
            `VXLAN ${live.vxlanMode} and IPIP ${live.ipipMode}`,
            cni.encapsulation,
            "all nodes would change at the same moment, and pods of different nodes would not reach each other meanwhile",
          ),
        ]),
  ];
}
