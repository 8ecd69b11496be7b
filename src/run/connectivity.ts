import type { NodeSpec } from "../model/cluster.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { nthAddress } from "../model/ip.ts";
import { partsOf } from "../network/parts.ts";
import { talk } from "../preflight/between/requirements.ts";
import { type Aim, askScript, dnsAim, type Heard, healthAim, readHeard } from "./connectivityAsk.ts";
import { allowPolicy, connectivityObjects, denyPolicy } from "./connectivityObjects.ts";
import { applyProbes, clearProbes, probesOf } from "./connectivityProbes.ts";
import { StepFailure } from "./stepFailure.ts";
import type { World } from "./world.ts";

export interface Connectivity {
  /** Of so many tries, so many answered. Pods are asked pod to pod, from every node to every other it talks to. */
  readonly pods: Tally;
  readonly service: Tally;
  readonly dns: Tally;
  /** Seconds until a policy held everywhere; null: the network keeps none. */
  readonly policies: { readonly denied: number; readonly allowed: number } | null;
  readonly diagnostics: readonly Diagnostic[];
}
export interface Tally {
  readonly tried: number;
  readonly answered: number;
  /** Median of those that answered; null: none did. */
  readonly milliseconds: number | null;
}

/** Seconds for a policy to hold between all pods. */
const policyDeadline = 60;
/** No node is called so. */
const [toService, toDns] = ["/service", "/dns"] as const;

/**
 * Brings one ordinary pod to every node and asks, from inside each: the others, the Service before them, cluster DNS, and whether a
 * NetworkPolicy denies and then allows. Everything it made is gone when it returns. Rejects with StepFailure when its pods do not run.
 */
export async function connectivity(world: World, image: string, emit: (text: string) => void): Promise<Connectivity> {
  await clearProbes(world);
  try {
    emit("one pod on every node");
    await applyProbes(world, { apiVersion: "v1", kind: "List", items: connectivityObjects(image) });
    const { cluster } = world;
    const { pods, service } = await probesOf(
      world,
      cluster.nodes.map((node) => node.name),
    );
    const dnsServer = nthAddress(cluster.network.services, 10);
    const name = `kubernetes.default.svc.${cluster.network.dnsDomain}`;
    const others = (node: NodeSpec): readonly Aim[] =>
      cluster.nodes.flatMap((other, index) => {
        const address = pods.get(other.name);
        const asked = other === node || talk(cluster.nodes, cluster.nodes.indexOf(node), index);
        return address === undefined || !asked || (other === node && cluster.nodes.length > 1)
          ? []
          : [healthAim(other.name, address)];
      });
    emit("every pod asks the others, the Service and cluster DNS");
    const heard = await askAll(world, (node) => [
      ...others(node),
      healthAim(toService, service, 80),
      dnsAim(toDns, dnsServer, name),
    ]);
    const expected = nthAddress(cluster.network.services, 1);
    const wrong = heard.flatMap((one) => diagnosticsOf(one, pods, { dnsServer, name, expected }));
    const policies =
      partsOf(cluster).some((part) => part.policies) && wrong.length === 0 ? await tryPolicies(world, others, emit) : null;
    const of = (kind: (heard: Heard) => boolean): Tally =>
      tally(
        heard.flatMap((one) => one.heard.filter(kind)),
        expected,
      );
    return {
      pods: of(({ name: aim }) => aim !== toService && aim !== toDns),
      service: of(({ name: aim }) => aim === toService),
      dns: of(({ name: aim }) => aim === toDns),
      policies: policies === null || "failed" in policies ? null : policies,
      diagnostics: [...wrong, ...(policies !== null && "failed" in policies ? [policies.failed] : [])],
    };
  } finally {
    await clearProbes(world);
  }
}

interface Asked {
  readonly node: string;
  readonly aims: readonly Aim[];
  readonly heard: readonly Heard[];
}

const askAll = (world: World, aims: (node: NodeSpec) => readonly Aim[]): Promise<readonly Asked[]> =>
  Promise.all(
    world.cluster.nodes.map(async (node): Promise<Asked> => {
      const own = aims(node);
      const { code, stdout } = await world.sessions.with(node.name, (host) => host.run(askScript(own).text));
      if (code === 4) throw new StepFailure("connectivity/pods", `the probe pod of ${node.name} is gone`);
      const heard = new Map(readHeard(stdout).map((one) => [one.name, one]));
      return {
        node: node.name,
        aims: own,
        heard: own.map(({ name }) => heard.get(name) ?? { name, answers: false, milliseconds: 0, addresses: [] }),
      };
    }),
  );

/** Applies a policy and asks until it holds between all pods; then the other. Seconds are from the API's answer to the last pod's. */
async function tryPolicies(
  world: World,
  others: (node: NodeSpec) => readonly Aim[],
  emit: (text: string) => void,
): Promise<{ denied: number; allowed: number } | { failed: Diagnostic } | null> {
  if (world.cluster.nodes.length < 2) return null;
  const holds = async (policy: object, wanted: boolean): Promise<number | null> => {
    await applyProbes(world, policy);
    const begun = performance.now();
    for (;;) {
      const heard = await askAll(world, others);
      const spent = (performance.now() - begun) / 1000;
      if (heard.every((one) => one.heard.every(({ answers }) => answers === wanted))) return spent;
      if (spent > policyDeadline) return null;
    }
  };
  const failed = (what: string): { failed: Diagnostic } => ({
    failed: {
      severity: "error",
      code: "connectivity/policy",
      message: `a NetworkPolicy that ${what} does not hold after ${policyDeadline} s`,
      place: {},
      hint: "look at the network agents' logs: policies are accepted by the API and not kept by the nodes",
    },
  });
  emit("a NetworkPolicy denies, then allows");
  const denied = await holds(denyPolicy, false);
  if (denied === null) return failed("denies");
  const allowed = await holds(allowPolicy, true);
  return allowed === null ? failed("allows") : { denied, allowed };
}

function tally(heard: readonly Heard[], expected: string): Tally {
  const fine = heard.filter(({ answers, name, addresses }) => answers && (name !== toDns || addresses.includes(expected)));
  const sorted = fine.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return { tried: heard.length, answered: fine.length, milliseconds: sorted[Math.floor(sorted.length / 2)] ?? null };
}

function diagnosticsOf(
  { node, heard }: Asked,
  pods: ReadonlyMap<string, string>,
  dns: { readonly dnsServer: string; readonly name: string; readonly expected: string },
): readonly Diagnostic[] {
  return heard.flatMap(({ name, answers, addresses }): readonly Diagnostic[] => {
    const told = (code: string, message: string, seen?: string): readonly Diagnostic[] => [
      { severity: "error", code: `connectivity/${code}`, message, place: { node }, ...(seen === undefined ? {} : { seen }) },
    ];
    if (name === toDns) {
      if (!answers) return told("dns", `cluster DNS (${dns.dnsServer}) does not answer a pod`);
      if (addresses.includes(dns.expected)) return [];
      return told("dns", `cluster DNS gives a pod the wrong answer for ${dns.name}`, addresses.join(", ") || "no address");
    }
    if (answers) return [];
    if (name === toService) return told("service", "a Service's ClusterIP does not answer a pod");
    return told("pods", `a pod of ${name} (${pods.get(name) ?? "?"}) does not answer a pod of this node`);
  });
}
