import { type CalicoLive, type CalicoPool, calicoFact } from "../../src/facts/calico.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import type { CalicoSpec } from "../../src/model/cni/calico.ts";
import { felixVxlan, isVxlan } from "../../src/network/calico.ts";
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
    const { version, pools, vxlan } = kube.live;
    const concerns = version === null ? [] : changeConcerns(version, cni.version, cni.acceptNoWayBack);
    const told = (severity: "error" | "warning"): readonly Reason[] =>
      concerns
        .filter((one) => one.severity === severity)
        .map(({ code, message, hint }) => ({ code: `calico/${code.replace(/^calico-/, "")}`, message, hint }));
    const reasons = [
      ...told("error"),
      ...(version === null ? [] : fixedVxlan(cni, vxlan)),
      ...pools.flatMap((pool) => fixedPool(cluster, cni, pool)),
    ];
    return reasons.length > 0 ? { status: "blocked", reasons } : { status: "ok", warnings: told("warning") };
  },
  apply: () => [],
});

const isTunnel = (mode: unknown): boolean => mode !== "Never" && mode !== "";

const fixed = (field: string, now: string, back: string, wanted: string, why: string): Reason => ({
  code: "calico/fixed",
  message: `${field}: ${now}, the inventory wants ${wanted}, and that does not change on a live cluster: ${why}`,
  hint: `put ${back} back into the inventory, or set up a new cluster`,
});

/** Nodes that number or send their packets differently do not reach each other. */
function fixedVxlan(cni: CalicoSpec, live: CalicoLive["vxlan"]): readonly Reason[] {
  if (!isVxlan(cni)) return [];
  return (["vni", "port"] as const).flatMap((field) => {
    const now = String(live[field] ?? felixVxlan[field]);
    const wanted = String(cni.vxlan[field]);
    if (now === wanted) return [];
    return [
      fixed(
        `network.cni.vxlan.${field}`,
        `the nodes have ${now}`,
        now,
        wanted,
        "nodes with different ones do not reach each other",
      ),
    ];
  });
}

/** What of a pool in use cannot change: pods keep their addresses, and nodes that wrap packets differently do not reach each other. */
function fixedPool(cluster: ClusterSpec, cni: CalicoSpec, live: CalicoPool): readonly Reason[] {
  if (live.name !== poolName) return [];
  const wanted = poolSpec(cluster, cni);
  const ofPool = (field: string, now: unknown, then: unknown, why: string): Reason =>
    fixed(field, `the pool ${live.name} has ${String(now)}`, String(now), String(then), why);
  return [
    ...(live.cidr === wanted.cidr
      ? []
      : [ofPool("network.pods", live.cidr, wanted.cidr, "pods keep addresses that no pool would have")]),
    ...(live.blockSize === wanted.blockSize
      ? []
      : [ofPool("network.cni.ipam.blockSize", live.blockSize, wanted.blockSize, "nodes keep the blocks they have")]),
    ...(isTunnel(live.vxlanMode) === isTunnel(wanted.vxlanMode) && isTunnel(live.ipipMode) === isTunnel(wanted.ipipMode)
      ? []
      : [
          ofPool(
            "network.cni.encapsulation",
            `VXLAN ${live.vxlanMode} and IPIP ${live.ipipMode}`,
            cni.encapsulation,
            "all nodes would change at the same moment, and pods of different nodes would not reach each other meanwhile",
          ),
        ]),
  ];
}
