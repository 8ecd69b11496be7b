import { hostFacts } from "../facts/hostFacts.ts";
import { nodesFact } from "../facts/kube.ts";
import { type PackagesSeen, packagesFact } from "../facts/packages.ts";
import { controlPlanes, isControlPlane, type NodeSpec } from "../model/cluster.ts";
import { etcdHealthy, kubeletStays, nodeSettled, shortOf, workloadsWhole } from "../upgrade/gates.ts";
import { turnGroups } from "../upgrade/order.ts";
import { fetchPackages, installPackages, needsTurn, type Restart } from "../upgrade/packages.ts";
import { attempt } from "./attempt.ts";
import { clearDeadRunsOf } from "./clearDeadRuns.ts";
import { clockDiagnostic } from "./clockDiagnostic.ts";
import { cordonedBy, uncordon } from "./cordon.ts";
import { emptyNode } from "./emptyNode.ts";
import { inService, liveWorkloads, waitOn, waitOnAll } from "./inService.ts";
import { lookAtHost } from "./look.ts";
import { lookPatiently } from "./lookPatiently.ts";
import type { TurnContext } from "./nodeTurn.ts";
import { tellLastWords } from "./nodeWords.ts";
import { perform } from "./perform.ts";
import { restartMachine } from "./restartMachine.ts";
import { StepFailure } from "./stepFailure.ts";
import { takeTurns } from "./takeTurns.ts";
import { withHooks } from "./turnHooks.ts";
import type { HopOptions, HopOutcome } from "./upgradeHop.ts";
import type { World } from "./world.ts";

export interface PackageOptions extends Omit<HopOptions, "images"> {
  readonly restart: Restart;
}

interface PackageTurn {
  readonly node: NodeSpec;
  readonly kubelet: string;
}

/**
 * Packages of one machine as they are now. Rejects with HostError or FactError, and with StepFailure when its clock is off: lists are judged by
 * their dates, and what restarts with another time may not be let in again.
 */
export async function packagesOf({ sessions }: World, node: string): Promise<PackagesSeen> {
  const from = Date.now() / 1000;
  const replies = await sessions.patiently(node, (host) => lookAtHost(host, [packagesFact, hostFacts]));
  const clock = clockDiagnostic(node, replies, from, Date.now() / 1000);
  if (clock?.severity === "error")
    throw new StepFailure(clock.code, clock.message, clock.hint === undefined ? {} : { hint: clock.hint });
  const reply = replies.get(packagesFact.key);
  if (reply === undefined) throw new StepFailure("packages/no-answer", "the machine does not tell its packages");
  return packagesFact.parse(reply);
}

/**
 * Packages of the operating system, node by node: brought to all at once, then each node's turn is cordon, drain, install, restart when that
 * is asked for, gates, uncordon. Run again after a break it finishes: a node that was left cordoned has its turn again.
 */
export async function packageTurns(options: PackageOptions): Promise<HopOutcome> {
  const { world, target, stop, hooks, emit } = options;
  const { cluster } = target;
  await clearDeadRunsOf(world);
  const brought = await Promise.all(cluster.nodes.map((node) => fetched(node, options)));
  if (brought.includes(false)) return stop.aborted ? "interrupted" : "failed";
  const turns = await turnsOf(options);
  if (turns === null) return "failed";
  if (turns.size === 0) emit({ type: "note", message: "no node has newer packages, and none waits for a restart" });
  const outcome = await takeTurns(turnGroups(cluster, new Set(turns.keys())), {
    turn: async (name) => {
      const turn = turns.get(name);
      if (turn === undefined) return true;
      const told = { node: name, from: turn.kubelet, to: turn.kubelet };
      return withHooks(told, cluster.upgrade.hooks, { ...hooks, emit }, () => packageTurn(turn, options));
    },
    pause: cluster.upgrade.pause,
    goOn: options.goOn,
    before: null,
    stop,
  });
  if (outcome === "done") await clearDeadRunsOf(world);
  return outcome;
}

const fetched = ({ name: node }: NodeSpec, context: PackageOptions): Promise<boolean> =>
  attempt(context.emit, { step: "packages/brought", node }, () =>
    job(node, "packages/brought", "os-packages-fetch", "bring newer packages", fetchPackages, context),
  );

/** null when not all could be asked, which is told. */
async function turnsOf({ world, target, emit, restart: when }: PackageOptions): Promise<ReadonlyMap<string, PackageTurn> | null> {
  const { kube } = await lookPatiently(world.sessions, controlPlanes(target.cluster), [nodesFact]);
  const reply = kube?.get(nodesFact.key);
  if (reply === undefined) {
    emit({ type: "note", message: "no control plane's API server answers: no node's turn is begun" });
    return null;
  }
  const live = new Map(nodesFact.parse(reply).map((node) => [node.metadata.name, node]));
  const turns = new Map<string, PackageTurn>();
  let asked = true;
  for (const node of target.cluster.nodes) {
    const place = { step: "packages/seen", node: node.name };
    asked &&= await attempt(emit, place, async () => {
      const seen = await packagesOf(world, node.name);
      const known = live.get(node.name);
      if (known === undefined) return;
      const marked = known.metadata.annotations[cordonedBy] !== undefined;
      if (!marked && !needsTurn(seen, when)) return;
      turns.set(node.name, { node, kubelet: known.status.nodeInfo.kubeletVersion.replace(/^v/, "") });
    });
  }
  return asked ? turns : null;
}

/** True when done. A node that fails its gates stays cordoned: packages are not put back. */
async function packageTurn({ node, kubelet }: PackageTurn, context: PackageOptions): Promise<boolean> {
  const { world, target, emit } = context;
  const at = (step: string) => ({ step: `turn/${step}`, node: node.name });
  const etcd = etcdHealthy(controlPlanes(target.cluster).length);
  if (isControlPlane(node) && !(await attempt(emit, at("gate-in"), () => waitOn(etcd, at("gate-in"), context)))) return false;
  if (!(await attempt(emit, at("ahead"), () => packagesOf(world, node.name)))) return false;
  const short = shortOf(await liveWorkloads(world));
  if (!(await emptyNode(node, "turn", context))) return false;
  const changed =
    (await attempt(emit, at("packages"), () =>
      job(node.name, "turn/packages", "os-packages", "install newer packages", installPackages, context),
    )) &&
    (await restarted(node, context)) &&
    (await attempt(emit, at("gate-out"), () => backInService(node, kubelet, context)));
  if (!changed) {
    await tellLastWords(node.name, context);
    emit({
      type: "note",
      message: `${node.name} stays cordoned; run the same command again when it is well: its turn comes again`,
    });
    return false;
  }
  return attempt(emit, at("uncordon"), async () => {
    await uncordon(world, node.name);
    await waitOn(workloadsWhole(short), at("uncordon"), context);
  });
}

/** Restarts the machine when that is asked for, and waits until another boot than before answers. */
async function restarted({ name: node }: NodeSpec, context: PackageOptions): Promise<boolean> {
  const { world, emit } = context;
  const place = { step: "turn/restart", node };
  const seen = await packagesOf(world, node);
  if (!seen.restart && context.restart !== "always") return true;
  return attempt(emit, place, async () => {
    emit({ type: "action", ...place, summary: "restart the machine" });
    await restartMachine(world.sessions, node, seen.boot, (reason) =>
      emit({ type: "waiting", ...place, summary: `${node} restarts`, reason }),
    );
  });
}

/**
 * The gates of a machine that may come from a restart: its kubelet first, which waits for containerd, and on an only control plane for its own
 * pods. The other gates' deadlines are meant for a machine on which all that runs.
 */
async function backInService(node: NodeSpec, kubelet: string, context: PackageOptions): Promise<void> {
  const place = { step: "turn/gate-out", node: node.name };
  await waitOnAll([nodeSettled(node, kubelet), kubeletStays(node)], place, context);
  await waitOnAll(inService(node, kubelet, context), place, context);
}

/** Up to an hour: a release's point update on a slow disk. */
const job = (
  node: string,
  step: string,
  name: string,
  summary: string,
  script: typeof installPackages,
  { world, cache, emit }: Pick<TurnContext, "world" | "cache" | "emit">,
): Promise<void> => {
  emit({ type: "action", step, node, summary });
  const onReason = (about: string, reason: string): void => emit({ type: "waiting", step, node, summary: about, reason });
  return perform({ kind: "job", name, summary, script, deadlineSeconds: 3600 }, { world, cache, node, onReason });
};
