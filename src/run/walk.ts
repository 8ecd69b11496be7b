import PQueue from "p-queue";
import type { FileCache } from "../artifacts/fileCache.ts";
import { controlPlanes } from "../model/cluster.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { contextOf, type Facts, verdictOf } from "../plan/assemble.ts";
import { conditionsOf, type Instance } from "../plan/expand.ts";
import { changesOf, type PlannedStep } from "../plan/plan.ts";
import type { Target } from "../role/step.ts";
import { act, carryOut, ledBack } from "./carryOut.ts";
import type { Emit, StepOutcome } from "./event.ts";
import { Blocked, failureDiagnostics } from "./failureDiagnostics.ts";
import { kubeFactsOf, lookAtHost } from "./look.ts";
import { lookPatiently } from "./lookPatiently.ts";
import { StepFailure } from "./stepFailure.ts";
import type { World } from "./world.ts";

/** Steps of one node that may run side by side. */
const stepsPerNode = 4;

export interface WalkOptions {
  readonly world: World;
  readonly target: Target;
  readonly cache: FileCache;
  readonly emit: Emit;
  /** Steps that may run side by side over all nodes, those first that most others wait for; absent: `stepsPerNode` on each. */
  readonly parallel?: number;
  /** Soft stop: running steps end, no new one starts. */
  readonly stop?: AbortSignal;
}

export interface WalkResult {
  readonly outcome: "done" | "failed" | "interrupted";
  /** Ids of steps that were not run. */
  readonly left: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Walks the steps that the plan would change: each as soon as what it comes after is ok. After a failure nothing new starts. */
export async function walk(
  instances: readonly Instance[],
  planned: readonly PlannedStep[],
  options: WalkOptions,
): Promise<WalkResult> {
  const { emit, stop } = options;
  const queues = new Map<string, PQueue>();
  const shared = options.parallel === undefined ? null : new PQueue({ concurrency: options.parallel });
  const queueOf = (node: string): PQueue => {
    if (shared !== null) return shared;
    const queue = queues.get(node) ?? new PQueue({ concurrency: stepsPerNode });
    queues.set(node, queue);
    return queue;
  };
  const heights = heightsOf(instances);
  const toRun = new Set(planned.filter((step) => step.verdict.status === "change").map((step) => step.id));
  const diagnostics: Diagnostic[] = [];
  const left: string[] = [];
  const outcomes = new Map<string, Promise<boolean>>();
  const waitsFor = behind(instances, toRun);
  let failed = false;

  for (const instance of instances) {
    if (!toRun.has(instance.id)) continue;
    const before = [...(waitsFor.get(instance.id) ?? [])].flatMap((id) => outcomes.get(id) ?? []);
    const place = { step: instance.step.id, node: instance.node?.name ?? null };
    const turn = async (): Promise<boolean> => {
      const ready = (await Promise.all(before)).every((fine) => fine);
      const done = await queueOf(place.node ?? "").add(
        async () => {
          if (!ready || failed || stop?.aborted === true) {
            left.push(instance.id);
            emit({ type: "step-ended", ...place, outcome: "not-run", seconds: 0 });
            return false;
          }
          const start = performance.now();
          emit({ type: "step-started", ...place });
          const end = (outcome: StepOutcome, found: readonly Diagnostic[] = []): boolean => {
            const seconds = Math.round(performance.now() - start) / 1000;
            emit({ type: "step-ended", ...place, outcome, seconds, ...(found.length === 0 ? {} : { diagnostics: found }) });
            return outcome !== "failed";
          };
          try {
            return end(await runStep(instance, options));
          } catch (error) {
            failed = true;
            const found = failureDiagnostics(place, error);
            diagnostics.push(...found);
            return end("failed", found);
          }
        },
        { priority: heights.get(instance.id) ?? 0 },
      );
      return done;
    };
    outcomes.set(instance.id, turn());
  }
  await Promise.all(outcomes.values());
  const outcome = failed ? "failed" : left.length > 0 ? "interrupted" : "done";
  return { outcome, left, diagnostics };
}

/**
 * What each step waits for: those that run of what it comes after, and behind those that are ok already, what they come after. Else the
 * third node's turn would begin beside the first one's where the second has had its own. `instances` are in order.
 */
function behind(instances: readonly Instance[], toRun: ReadonlySet<string>): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>();
  for (const { id, after } of instances)
    found.set(id, new Set(after.flatMap((before) => (toRun.has(before) ? [before] : [...(found.get(before) ?? [])]))));
  return found;
}

/** How many steps hang on each, one after the other: what most waits for is begun first. `instances` are in order. */
function heightsOf(instances: readonly Instance[]): ReadonlyMap<string, number> {
  const heights = new Map<string, number>();
  for (const { id, after } of [...instances].reverse()) {
    const height = heights.get(id) ?? 0;
    for (const before of after) heights.set(before, Math.max(heights.get(before) ?? 0, height + 1));
  }
  return heights;
}

/** Look again, act, wait, look: must be ok. */
async function runStep(instance: Instance, options: WalkOptions): Promise<StepOutcome> {
  const { target } = options;
  const before = await lookAgain(instance, options);
  // Without an answer nothing tells whether it is this cluster's at all: another network's step would be done too.
  if (instance.step.scope === "cluster" && before.api === "down")
    throw new StepFailure("api/down", "the API server does not answer", {
      hint: "run the same command again when it does: what is done is skipped",
    });
  const verdict = verdictOf(instance, target, before);
  if (verdict.status === "ok") return "ok";
  if (verdict.status === "blocked") throw new Blocked(verdict);
  const { step } = instance;
  const context = contextOf(instance, target, before);
  try {
    await carryOut(step.apply(context), instance, options);
    for (const condition of conditionsOf(instance, target)) await act({ kind: "wait", condition }, instance, options);
  } catch (error) {
    throw await ledBack(error, instance, context, options);
  }
  const after = verdictOf(instance, target, await lookAgain(instance, options));
  if (after.status === "ok") return "changed";
  if (after.status === "blocked") throw new Blocked(after);
  const rest = changesOf({ verdict: after } as PlannedStep).map(
    (change) => `${change.what} ${change.target}: ${change.detail ?? change.action}`,
  );
  throw new StepFailure("step/not-ok", "done, but the node is still not as it should be", {
    seen: rest.join("\n"),
    hint: "something else may be changing the same things",
  });
}

async function lookAgain(instance: Instance, { world, target }: WalkOptions): Promise<Facts> {
  const { step, node } = instance;
  const needsCluster = step.scope === "cluster" || step.kube !== undefined;
  const [replies, cluster] = await Promise.all([
    step.scope === "node" && node !== null
      ? world.sessions.with(node.name, (host) => lookAtHost(host, Object.values(step.facts({ ...target, node }))))
      : null,
    needsCluster ? lookPatiently(world.sessions, controlPlanes(world.cluster), kubeFactsOf([instance], target)) : null,
  ]);
  const nodes = new Map(replies === null || node === null ? [] : [[node.name, replies]]);
  return { nodes, api: cluster?.api ?? "none", kube: cluster?.kube ?? null };
}
