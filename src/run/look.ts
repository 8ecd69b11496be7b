import { randomBytes } from "node:crypto";
import { type Fact, FactError, type FactReplies } from "../facts/fact.ts";
import { lookScript, readLook } from "../facts/lookScript.ts";
import { type Host, HostError } from "../host/host.ts";
import { sh } from "../host/sh.ts";
import { apiPrelude, initialisedPath } from "../kube/apiPrelude.ts";
import { type ClusterSpec, controlPlanes, type NodeSpec } from "../model/cluster.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Facts } from "../plan/assemble.ts";
import type { Instance } from "../plan/expand.ts";
import type { ApiState, Target } from "../role/step.ts";
import { clockDiagnostic } from "./clockDiagnostic.ts";
import type { Sessions } from "./sessions.ts";

/** Milliseconds: a look takes a fraction of a second; an emulated or drowning machine is given more than a command usually is. */
const lookTimeout = 120_000;

/** One round trip: all `facts` of one machine. Rejects with HostError or FactError. */
export async function lookAtHost(host: Host, facts: readonly Fact<unknown>[]): Promise<FactReplies> {
  const nonce = randomBytes(12).toString("hex");
  const { stdout } = await host.run(lookScript(facts, nonce).text, { timeout: lookTimeout });
  return readLook(facts, nonce, stdout);
}

const notInitialised = 90;
const noAnswer = 91;

/** Asks the API through each control plane in turn until one answers: no control plane is special. */
export async function lookAtCluster(
  sessions: Sessions,
  planes: readonly NodeSpec[],
  facts: readonly Fact<unknown>[],
): Promise<{ api: ApiState; kube: FactReplies | null; through: NodeSpec | null }> {
  let api: ApiState = "none";
  for (const plane of planes) {
    const nonce = randomBytes(12).toString("hex");
    const guard = sh`[ -e ${initialisedPath} ] || exit ${notInitialised}\n${apiPrelude(plane)}\nk get --raw /readyz --request-timeout=10s >/dev/null 2>&1 || exit ${noAnswer}`;
    try {
      const reply = await sessions.with(plane.name, (host) => host.run(sh`${guard}\n${lookScript(facts, nonce)}`.text));
      if (reply.code === notInitialised) continue;
      if (reply.code !== noAnswer) return { api: "up", kube: readLook(facts, nonce, reply.stdout), through: plane };
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
    api = "down";
  }
  return { api, kube: null, through: null };
}

/** Looks at `nodes` (all) at once and at the cluster; a node that does not answer becomes a diagnostic, and all of them are told together. */
export async function look(
  sessions: Sessions,
  target: Target,
  instances: readonly Instance[],
  nodes: readonly NodeSpec[] = target.cluster.nodes,
): Promise<{ facts: Facts; diagnostics: readonly Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const seen = new Map<string, FactReplies>();
  await Promise.all(
    nodes.map(async (node) => {
      const facts = instances.flatMap(({ step, node: own }) =>
        step.scope === "node" && own === node ? Object.values(step.facts({ ...target, node })) : [],
      );
      try {
        const from = Date.now() / 1000;
        const replies = await sessions.with(node.name, (host) => lookAtHost(host, facts));
        seen.set(node.name, replies);
        const clock = clockDiagnostic(node.name, replies, from, Date.now() / 1000);
        if (clock !== null) diagnostics.push(clock);
      } catch (error) {
        diagnostics.push(nodeDiagnostic(node.name, error));
      }
    }),
  );
  const planes = controlPlanes(target.cluster).filter((plane) => seen.has(plane.name) || !nodes.includes(plane));
  const { api, kube } = await lookAtCluster(sessions, planes, kubeFactsOf(instances, target));
  return {
    facts: { nodes: seen, api, kube },
    diagnostics: diagnostics.sort((a, b) => order(target.cluster, a) - order(target.cluster, b)),
  };
}

export function kubeFactsOf(instances: readonly Instance[], target: Target): readonly Fact<unknown>[] {
  return instances.flatMap(({ step, node }) => {
    if (step.scope === "cluster") return Object.values(step.kube(target));
    return node === null || step.kube === undefined ? [] : Object.values(step.kube({ ...target, node }));
  });
}

const order = (cluster: ClusterSpec, diagnostic: Diagnostic): number =>
  cluster.nodes.findIndex((node) => node.name === diagnostic.place.node);

/** A failure to reach or understand a machine, for a person. Rethrows what is neither. */
export function nodeDiagnostic(node: string, error: unknown): Diagnostic {
  if (error instanceof HostError) {
    const { seen, hint } = error;
    return {
      severity: "error",
      code: `host/${error.kind}`,
      message: error.message,
      place: { node },
      ...(seen === undefined ? {} : { seen }),
      ...(hint === undefined ? {} : { hint }),
    };
  }
  if (error instanceof FactError)
    return { severity: "error", code: "facts/not-understood", message: error.message, place: { node }, seen: error.seen };
  throw error;
}
