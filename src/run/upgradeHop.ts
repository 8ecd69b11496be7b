import { nodesFact } from "../facts/kube.ts";
import { controlPlanes, type NodeSpec } from "../model/cluster.ts";
import { formatPlace } from "../model/diagnostic.ts";
import { assemble } from "../plan/assemble.ts";
import type { Instance } from "../plan/expand.ts";
import { changesOf, emptiesNode, isBlocked, type Plan } from "../plan/plan.ts";
import { errorsOf } from "../plan/renderPlan.ts";
import { etcdHealthy } from "../upgrade/gates.ts";
import { turnGroups } from "../upgrade/order.ts";
import { attempt } from "./attempt.ts";
import { clearDeadRunsOf } from "./clearDeadRuns.ts";
import { cordonedBy } from "./cordon.ts";
import { waitOn } from "./inService.ts";
import { look } from "./look.ts";
import { lookPatiently } from "./lookPatiently.ts";
import { changesNetwork, measured } from "./measured.ts";
import { nodeTurn, type Turn, type TurnContext } from "./nodeTurn.ts";
import { keepingPods } from "./savedPods.ts";
import { takeTurns } from "./takeTurns.ts";
import { tidyAfter } from "./tidyAfter.ts";
import { type HookSurroundings, withHooks } from "./turnHooks.ts";
import { walk } from "./walk.ts";

export interface HopOptions extends TurnContext {
  /** Soft stop: the node whose turn it is ends it, no further one begins. */
  readonly stop: AbortSignal;
  /** Asked where the inventory says to pause: what has ended, and what comes next. False stops. */
  readonly goOn: (done: string, next: string) => Promise<boolean>;
  /** Where the inventory's hooks run. */
  readonly hooks: HookSurroundings;
  /** Every image of the cluster as it will be, by upstream name. */
  readonly images: readonly string[];
}

export type HopOutcome = "done" | "failed" | "interrupted";

/**
 * One version step of a live cluster: everything staged on all nodes, control planes one at a time, then every node's turn, then what is
 * left. Can be run again at any point: what is done is seen as done.
 */
export async function upgradeHop(options: HopOptions): Promise<HopOutcome> {
  const { target, instances, stop } = options;
  // Of the jobs of a run that died this one would take the end for its own.
  await clearDeadRunsOf(options.world);
  const stages = instances.filter(({ step }) => step.scope === "node" && step.stage === true);
  if (!(await walkThese(stages, options))) return ended(stop);

  const upgraded: string[] = [];
  for (const plane of controlPlanes(target.cluster)) {
    if (stop.aborted) return "interrupted";
    const asks = target.cluster.upgrade.pause === "each-node" && upgraded.length > 0;
    if (asks && !(await options.goOn(says(upgraded.slice(-1)), `the API server of ${plane.name}`))) return "interrupted";
    const replaced = await upgradeControlPlane(plane, options);
    if (replaced === "failed") return ended(stop);
    if (replaced === "changed") upgraded.push(plane.name);
  }
  const rest = (): Promise<HopOutcome> => restOfHop(upgraded, options);
  const networks = await planOf(
    instances.filter(({ step }) => step.scope === "cluster" && step.measured === true),
    options,
  );
  const changing = networks.steps.filter((step) => changesOf(step).length > 0);
  return changesNetwork(instances, changing) ? measured(options, rest, (outcome) => outcome === "done") : rest();
}

/** Objects of the cluster, every node's turn, and what is left. `upgraded`: control planes whose static pods were replaced. */
async function restOfHop(upgraded: readonly string[], options: HopOptions): Promise<HopOutcome> {
  const { target, instances, stop } = options;
  if (!(await walkThese(instances.filter(beforeTurns), options))) return ended(stop);

  const turns = await turnsOf(options);
  if (turns === null) return ended(stop);
  const outcome = await takeTurns(turnGroups(target.cluster, new Set(turns.keys())), {
    turn: async (name) => {
      const turn = turns.get(name);
      return turn === undefined || hookedTurn(turn, options);
    },
    pause: target.cluster.upgrade.pause,
    goOn: options.goOn,
    before: upgraded.length > 0 ? { node: says(upgraded.slice(-1)), group: says(upgraded) } : null,
    stop,
  });
  if (outcome !== "done") return outcome;
  if (!(await walkThese(instances, options))) return ended(stop);
  await Promise.all([clearDeadRunsOf(options.world), tidyAfter(options.world, options.images)]);
  return "done";
}

const says = (planes: readonly string[]): string => `upgraded: the API server of ${planes.join(", ")}`;

function hookedTurn(turn: Turn, options: HopOptions): Promise<boolean> {
  const { upgrade, kubernetes } = options.target.cluster;
  const told = { node: turn.node.name, from: turn.from, to: kubernetes.version };
  return withHooks(told, upgrade.hooks, { ...options.hooks, emit: options.emit }, () => nodeTurn(turn, options));
}

const ended = (stop: AbortSignal): HopOutcome => (stop.aborted ? "interrupted" : "failed");

/** Looks at the steps, then walks those that differ. False when one failed or may not go on; all of it was told. */
async function walkThese(instances: readonly Instance[], options: HopOptions): Promise<boolean> {
  const plan = await planOf(instances, options);
  if (tellBlocked(plan, options)) return false;
  const { world, target, cache, emit, stop } = options;
  return (await walk(instances, plan.steps, { world, target, cache, emit, stop })).outcome === "done";
}

/** True when the plan may not be carried out; why is told. */
function tellBlocked(plan: Plan, { emit }: HopOptions): boolean {
  for (const { place, message, seen, hint } of isBlocked(plan) ? errorsOf(plan) : [])
    emit({ type: "note", message: [formatPlace(place), message, seen, hint].filter((part) => part).join(": ") });
  return isBlocked(plan);
}

async function planOf(instances: readonly Instance[], { world, target }: HopOptions): Promise<Plan> {
  const { facts, diagnostics } = await look(world.sessions, target, instances);
  return assemble(instances, target, facts, diagnostics);
}

/** The static pods of one control plane, while the others answer. */
async function upgradeControlPlane(plane: NodeSpec, options: HopOptions): Promise<"changed" | "same" | "failed"> {
  const { target, emit, instances } = options;
  const own = instances.filter(({ node, step }) => node === plane && /^control-plane\//.test(step.id));
  if (!(await planOf(own, options)).steps.some((step) => changesOf(step).length > 0)) return "same";
  const members = controlPlanes(target.cluster).length;
  const gate = (step: string): Promise<boolean> => {
    const place = { step: `turn/${step}`, node: plane.name };
    return attempt(emit, place, () => waitOn(etcdHealthy(members), place, options));
  };
  const done =
    (await gate("etcd-before")) &&
    (await keepingPods(plane.name, options, async () => (await walkThese(own, options)) && (await gate("etcd-after"))));
  return done ? "changed" : "failed";
}

/** Steps of the cluster that wait for no node's turn: objects whose pods are replaced in the turns. */
const beforeTurns = ({ step, after }: Instance): boolean =>
  step.scope === "cluster" && !after.some((id) => id.includes("@") && !/^(control-plane|containerd)\//.test(id));

/**
 * The nodes that differ in what runs, or that an earlier run left cordoned. null when not all could be asked, which is told: a node that is
 * overlooked here would be changed in the end without a turn.
 */
async function turnsOf(options: HopOptions): Promise<ReadonlyMap<string, Turn> | null> {
  const { world, target, instances } = options;
  const ofNodes = instances.filter(({ node }) => node !== null);
  const plan = await planOf(ofNodes, options);
  if (tellBlocked(plan, options)) return null;
  const { kube } = await lookPatiently(world.sessions, controlPlanes(target.cluster), [nodesFact]);
  const reply = kube?.get(nodesFact.key);
  if (reply === undefined) {
    options.emit({ type: "note", message: "no control plane's API server answers: no node's turn is begun" });
    return null;
  }
  const live = new Map(nodesFact.parse(reply).map((node) => [node.metadata.name, node]));
  const turns = new Map<string, Turn>();
  for (const node of target.cluster.nodes) {
    const steps = plan.steps.filter((step) => step.node === node.name);
    const changes = steps.flatMap(changesOf);
    const marked = live.get(node.name)?.metadata.annotations[cordonedBy] !== undefined;
    const drains = marked || changes.some(emptiesNode);
    const pods = steps.some((step) => /\/pod@/.test(step.id) && changesOf(step).length > 0);
    const from = live.get(node.name)?.status.nodeInfo.kubeletVersion.replace(/^v/, "");
    if (from !== undefined && (drains || pods)) turns.set(node.name, { node, from, drains });
  }
  return turns;
}
