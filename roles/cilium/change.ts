import { type Fact, FactError } from "../../src/facts/fact.ts";
import { configMapFact } from "../../src/facts/kube.ts";
import { policiesFact } from "../../src/facts/policies.ts";
import { sh } from "../../src/host/sh.ts";
import type { ClusterSpec } from "../../src/model/cluster.ts";
import type { CiliumSpec } from "../../src/model/cni/cilium.ts";
import { compareMinors, minorOf } from "../../src/model/versions.ts";
import { clusterStep, type Step } from "../../src/role/step.ts";
import type { Reason } from "../../src/role/verdict.ts";
import { dnsTrouble } from "../cluster/dnsPolicies.ts";
import { policyTrouble } from "./storedPolicies.ts";

/** Versions of Cilium that any node's agent runs; empty: none runs. */
const agentVersionsFact: Fact<readonly string[]> = {
  key: "kube cilium agents",
  script: sh`k -n kube-system get pods -l k8s-app=cilium -o jsonpath='{range .items[*]}{.spec.containers[?(@.name=="cilium-agent")].image}{"\\n"}{end}'`,
  parse: ({ code, stdout }) => {
    if (code !== 0)
      throw new FactError("kube cilium agents", "the cluster does not tell its agents of Cilium", stdout.slice(0, 200));
    const versions = stdout.split("\n").flatMap((image) => /:v(\d+\.\d+\.\d+)(?:[-@].*)?$/.exec(image)?.[1] ?? []);
    return [...new Set(versions)];
  },
};

const asked = { agents: agentVersionsFact, config: configMapFact("cilium-config"), policies: policiesFact };

/** Whether what runs may become what the inventory says, on a live cluster. Changes nothing. */
export const change: Step = clusterStep({
  id: "cilium/change",
  summary: "Cilium may go from what runs to what the inventory says",
  after: [{ step: "control-plane/up", on: "first-control-plane" }],
  kube: ({ cluster }) => (cluster.network.cni.name === "cilium" ? asked : ({} as typeof asked)),
  check: ({ kube, cluster }) => {
    const { cni } = cluster.network;
    if (kube === null || cni.name !== "cilium") return { status: "ok" };
    const wanted = minorOf(cni.version);
    const moves = kube.agents.filter((version) => minorOf(version) !== wanted);
    const scanned = moves.map((version) => policyTrouble(kube.policies, minorOf(version), wanted));
    const reasons = [
      ...moves.flatMap((version) => tooFar(version, cni.version)),
      ...(kube.agents.length === 0 ? [] : fixedSettings(cluster, cni, kube.config ?? {})),
      ...scanned.flatMap(({ broken }) => broken),
    ];
    if (reasons.length > 0) return { status: "blocked", reasons };
    const first = moves.map(minorOf).sort(compareMinors)[0];
    return {
      status: "ok",
      warnings: [...scanned.flatMap(({ changed }) => changed), ...defaultsMove(first, wanted, cni), ...dnsTrouble(kube.policies)],
    };
  },
  apply: () => [],
});

/** Only one minor at a time is tested, up as well as down. `cilium/cilium Documentation/operations/upgrade.rst`. */
function tooFar(from: string, to: string): readonly Reason[] {
  const [a, b] = [from, to].map((version) => Number(minorOf(version).split(".")[1]));
  const [major] = to.split(".");
  if (a === undefined || b === undefined || Math.abs(a - b) <= 1) return [];
  const step = a < b ? 1 : -1;
  const road = Array.from({ length: Math.abs(a - b) }, (_, i) => `${major}.${a + step * (i + 1)}`);
  return [
    {
      code: "cilium/minor-skipped",
      message: `Cilium ${from} runs: ${to} is ${Math.abs(a - b)} minors away, and only one at a time is tested`,
      hint: `go over ${road.join(", then ")}, each with network.cni.version and provision up`,
    },
  ];
}

/** What agents of one cluster must agree on, so that it cannot change node by node. */
function fixedSettings(cluster: ClusterSpec, cni: CiliumSpec, live: Readonly<Record<string, string>>): readonly Reason[] {
  const rows: readonly (readonly [key: string, field: string, wanted: string | null, why: string])[] = [
    ["ipam", "network.cni.ipam", cni.ipam, "pods would keep addresses that another allocator gives away"],
    [
      "cluster-pool-ipv4-cidr",
      "network.pods",
      cni.ipam === "cluster-pool" ? cluster.network.pods : null,
      "nodes keep the ranges they have",
    ],
    [
      "routing-mode",
      "network.cni.routing",
      cni.routing === "native" ? "native" : "tunnel",
      "nodes of both kinds do not reach each other",
    ],
    [
      "tunnel-protocol",
      "network.cni.routing",
      cni.routing === "native" ? null : cni.routing,
      "nodes of both kinds do not reach each other",
    ],
  ];
  return rows.flatMap(([key, field, wanted, why]): readonly Reason[] => {
    const now = live[key];
    if (wanted === null || now === undefined || now === wanted) return [];
    return [
      {
        code: "cilium/fixed",
        message: `${field}: Cilium runs with ${key} ${now}, the inventory wants ${wanted}, and that does not change on a live cluster: ${why}`,
        hint: `put ${now} back into the inventory, or set up a new cluster`,
      },
    ];
  });
}

function defaultsMove(from: string | undefined, to: string, { upgradeCompatibility }: CiliumSpec): readonly Reason[] {
  if (from === undefined || upgradeCompatibility !== null || compareMinors(from, to) >= 0) return [];
  return [
    {
      code: "cilium/compatibility",
      message: `Cilium ${from} runs, and network.cni.upgradeCompatibility is not set: defaults become those of ${to}`,
      hint: `name the minor that was installed first, such as upgradeCompatibility: "${from}"`,
    },
  ];
}
