import { type Fact, FactError, type FactSpec, readFacts } from "../../facts/fact.ts";
import type { NodeSpec } from "../../model/cluster.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Facts } from "../../plan/assemble.ts";
import { budgets } from "./budgets.ts";
import { certificates } from "./certificates.ts";
import { cni } from "./cni.ts";
import { disk } from "./disk.ts";
import { etcd } from "./etcd.ts";
import { health } from "./health.ts";
import { localData, singles, unmanaged } from "./pods.ts";
import type { HopTarget, Refusal, RefusalContext } from "./refusal.ts";
import { kubeletOptions, requestedApis, writtenApis } from "./removals.ts";
import { runtime } from "./runtime.ts";
import { skew } from "./skew.ts";

/**
 * Everything an upgrade is refused for, or warned of, before anything is touched. Not here, because others ask it of every run: kernel and
 * control groups for the target's version (step os/host, which preflight.allow can waive), and pairs the inventory names.
 */
export const refusals: readonly Refusal[] = [
  health,
  skew,
  etcd,
  runtime,
  cni,
  requestedApis,
  writtenApis,
  kubeletOptions,
  certificates,
  disk,
  budgets,
  unmanaged,
  localData,
  singles,
];

export const kubeFactsOfRefusals = (target: HopTarget): readonly Fact<unknown>[] =>
  refusals.flatMap(({ kube }) => Object.values(kube?.(target) ?? {}));

export const nodeFactsOfRefusals = (target: HopTarget, node: NodeSpec): readonly Fact<unknown>[] =>
  refusals.flatMap((one) => Object.values(one.node?.({ ...target, node }) ?? {}));

export interface Judged {
  readonly diagnostics: readonly Diagnostic[];
  /** Errors, and all of them of the kind that may pass by itself: worth another look before they count. */
  readonly mayPass: boolean;
}

const notUnderstood = "facts/not-understood";

/** All refusals over one look. Needs the API's answers; without them there is nothing to judge by, which is for the caller to tell. `now`: seconds since 1970. */
export function judgeRefusals(target: HopTarget, facts: Pick<Facts, "kube" | "nodes">, now: number): Judged {
  const judged = refusals.flatMap((refusal) => judge(refusal, target, facts, now).map((found) => ({ refusal, found })));
  const errors = judged.filter(({ found }) => found.severity === "error");
  return {
    // Many refusals read the same facts: one that is not understood is told once.
    diagnostics: [...new Map(judged.map(({ found }) => [JSON.stringify(found), found])).values()],
    mayPass: errors.length > 0 && errors.every(({ refusal, found }) => refusal.passes === true || found.code === notUnderstood),
  };
}

/** A reply that is not understood is told as such, and spoils no other refusal. */
function judge(refusal: Refusal, target: HopTarget, facts: Pick<Facts, "kube" | "nodes">, now: number): readonly Diagnostic[] {
  const doubts: Diagnostic[] = [];
  const read = <T>(node: string | null, reading: () => T): T | null => {
    try {
      return reading();
    } catch (error) {
      if (!(error instanceof FactError)) throw error;
      const { message, seen } = error;
      const place = node === null ? {} : { node };
      doubts.push({ severity: "error", code: notUnderstood, message, place, seen });
      return null;
    }
  };
  const kube = read(null, () => readFacts(refusal.kube?.(target) ?? {}, facts.kube ?? new Map()));
  const nodes = new Map(
    target.cluster.nodes.flatMap((node) => {
      const replies = facts.nodes.get(node.name);
      const spec = refusal.node?.({ ...target, node });
      const values = replies === undefined || spec === undefined ? null : read(node.name, () => readFacts(spec, replies));
      return values === null ? [] : [[node.name, values] as const];
    }),
  );
  if (kube === null) return doubts;
  const context = { ...target, now, kube, nodes } as unknown as RefusalContext<FactSpec, FactSpec>;
  return [...refusal.judge(context), ...doubts];
}
