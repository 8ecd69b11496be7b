import type { FileCache } from "../artifacts/fileCache.ts";
import { controlPlanes, isControlPlane, type NodeSpec } from "../model/cluster.ts";
import { assemble } from "../plan/assemble.ts";
import type { Instance } from "../plan/expand.ts";
import type { Condition } from "../role/action.ts";
import type { Target } from "../role/step.ts";
import { etcdHealthy, shortOf, workloadsWhole } from "../upgrade/gates.ts";
import { attempt } from "./attempt.ts";
import { uncordon } from "./cordon.ts";
import { emptyNode } from "./emptyNode.ts";
import type { Emit } from "./event.ts";
import { gatesBack } from "./gatesBack.ts";
import { inService, liveWorkloads, own, waitOn, waitOnAll } from "./inService.ts";
import { look } from "./look.ts";
import { tellLastWords } from "./nodeWords.ts";
import { forgetSaved, keepForRollback, restoreNode, saveNode } from "./savedNode.ts";
import { StepFailure } from "./stepFailure.ts";
import { walk } from "./walk.ts";
import type { World } from "./world.ts";

export interface TurnContext {
  readonly world: World;
  readonly target: Target;
  readonly cache: FileCache;
  readonly instances: readonly Instance[];
  readonly emit: Emit;
  /** Id of the run. */
  readonly run: string;
}

export interface Turn {
  readonly node: NodeSpec;
  /** Kubelet version the node runs now: what it goes back to. */
  readonly from: string;
  /** Pods are moved away first. */
  readonly drains: boolean;
}

/**
 * Takes one node to what the inventory says: out of service, changed, checked, back in service. True when done. A worker that fails goes
 * back to what it ran; a control plane stays as it is, cordoned, because after an etcd write the way back is a person's decision.
 */
export async function nodeTurn(turn: Turn, context: TurnContext): Promise<boolean> {
  const { node, from, drains } = turn;
  const { world, target, emit } = context;
  const version = target.cluster.kubernetes.version;
  const at = (step: string) => ({ step: `turn/${step}`, node: node.name });
  const conditions = (step: string, list: readonly Condition[]) =>
    attempt(emit, at(step), () => waitOnAll(list, at(step), context));
  if (isControlPlane(node) && !(await conditions("gate-in", [etcdHealthy(controlPlanes(target.cluster).length)]))) return false;
  const short = shortOf(await liveWorkloads(world));
  if (!(await change("ahead", node, context))) {
    await tellLastWords(node.name, context);
    return false;
  }
  if (drains && !(await emptyNode(node, "turn", context, () => saveNode(world, node.name, version, from)))) return false;
  const changed = (await change("change", node, context)) && (await conditions("gate-out", inService(node, version, context)));
  if (!changed) {
    await tellLastWords(node.name, context);
    if (drains && !isControlPlane(node)) await wayBack(turn, context);
    return false;
  }
  return attempt(emit, at("uncordon"), async () => {
    await uncordon(world, node.name);
    await keepForRollback(world, node.name, "node", version);
    await waitOn(workloadsWhole(short), at("uncordon"), context);
  });
}

/** What takes no pod of a user away: what staging may have lost since, and this node's own pods of the network. */
const isAhead = ({ step }: Instance): boolean => (step.scope === "node" && step.stage === true) || step.id.endsWith("/pod");

/**
 * The steps of the node that differ now: looked at again, because control planes and pods have changed since the plan. "ahead": those
 * that need no empty node, so that it is out of service for a shorter time; "change": the rest.
 */
async function change(part: "ahead" | "change", node: NodeSpec, context: TurnContext): Promise<boolean> {
  const { world, target, cache, emit } = context;
  const instances = own(node, context).filter((instance) => isAhead(instance) === (part === "ahead"));
  return attempt(emit, { step: `turn/${part}`, node: node.name }, async () => {
    const { facts, diagnostics } = await look(world.sessions, target, instances, [node]);
    const plan = assemble(instances, target, facts, diagnostics);
    const errors = [
      ...diagnostics.filter((one) => one.severity === "error"),
      ...plan.steps.flatMap(({ verdict }) => (verdict.status === "blocked" ? verdict.reasons : [])),
    ];
    const [first] = errors;
    if (first !== undefined)
      throw new StepFailure(first.code, first.message, {
        ...(first.seen === undefined ? {} : { seen: first.seen }),
        ...(first.hint === undefined ? {} : { hint: first.hint }),
      });
    const result = await walk(instances, plan.steps, { world, target, cache, emit });
    if (result.outcome !== "done") throw new StepFailure("turn/step-failed", "a step of this node failed");
  });
}

async function wayBack({ node, from }: Turn, context: TurnContext): Promise<void> {
  const { world, target, emit } = context;
  const place = { step: "turn/way-back", node: node.name };
  const back = await attempt(emit, place, async () => {
    emit({ type: "action", ...place, summary: "put back what the node ran before, and check it" });
    await restoreNode(world, node.name, target.cluster.kubernetes.version);
    await waitOnAll(await gatesBack(node, from, context), place, context);
    await uncordon(world, node.name);
    await forgetSaved(world, node.name, "node", target.cluster.kubernetes.version);
  });
  if (!back) emit({ type: "note", message: `${node.name} did not come back by itself: it stays cordoned` });
}
