import { controlPlaneVersionsFact } from "../facts/controlPlaneVersions.ts";
import { nodesFact } from "../facts/kube.ts";
import { controlPlanes } from "../model/cluster.ts";
import { type ExitCode, ProvisionError } from "../model/diagnostic.ts";
import { isAtLeast, isVersion } from "../model/versions.ts";
import { hasChanges, isBlocked } from "../plan/plan.ts";
import { planJson } from "../plan/planJson.ts";
import { errorsOf, renderPlan, warningsOf } from "../plan/renderPlan.ts";
import { renderUpgrade } from "../report/renderUpgrade.ts";
import { takeLock } from "../run/lock.ts";
import { lookPatiently } from "../run/lookPatiently.ts";
import { type Hop, hops } from "../upgrade/hops.ts";
import { approved } from "./approved.ts";
import type { CliIo } from "./cliIo.ts";
import { earlierUpgrades } from "./earlierUpgrades.ts";
import { lookAtUpgrade } from "./lookAtUpgrade.ts";
import { openRun } from "./openRun.ts";
import { type CommonOptions, type Prepared, prepare } from "./prepare.ts";
import { printDiagnostics } from "./printDiagnostics.ts";
import { walkRoad } from "./upgradeRoad.ts";

export interface UpgradeOptions extends CommonOptions {
  readonly to?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
  /** With every file, unit and image of every node. */
  readonly details?: boolean;
}

/** Takes a live cluster to the inventory's versions (or `--to`), node by node. 0 done or nothing to do, 1 failed or stopped, 3 blocked or not approved. */
export async function upgrade(io: CliIo, options: UpgradeOptions): Promise<ExitCode> {
  if (options.to !== undefined && !isVersion(options.to))
    throw refusal("upgrade/version", `${options.to} is not a version such as 1.36.4`, "say it without a v");
  const at = (version: string | undefined): Promise<Prepared> =>
    open(io, { ...options, ...(version === undefined ? {} : { kubernetesVersion: version }) });
  let prepared = await at(options.to);
  try {
    const wanted = prepared.cluster.kubernetes.version;
    const { road, begun } = await roadTo(prepared);
    const [first] = road;
    if (first !== undefined && first.to !== wanted) {
      await prepared.close();
      prepared = await at(first.to);
    }
    const { plan, upgrade: planned } = await lookAtUpgrade(prepared, road);
    if (!options.json) printDiagnostics(io, isBlocked(plan) ? errorsOf(plan) : warningsOf(plan), { json: false });
    if (isBlocked(plan)) {
      if (options.json) io.stdout(planJson(plan, { diff: false }));
      else io.stdout("Blocked: nothing was changed.\n");
      return 3;
    }
    if (!hasChanges(plan)) {
      io.stdout(`Nothing to do: ${prepared.cluster.name} runs Kubernetes ${wanted} and is as the inventory says.\n`);
      return 0;
    }
    if (!options.json) {
      io.stdout(renderUpgrade(planned, { color: io.color }));
      if (options.details) io.stdout(renderPlan(plan, { diff: false, color: io.color, width: io.width }));
    }
    if (!(await approved(io, options))) return 3;
    const earlier = options.json ? [] : await earlierUpgrades(io, prepared.cluster.name);
    const lock = await takeLock(prepared.world, prepared.owner);
    const run = openRun(io, prepared, options.json ?? false, earlier);
    try {
      const unattended = !io.isTty || (options.json ?? false);
      const outcome = await walkRoad(io, { hops: road, planned, prepared, run, lost: lock.lost, begun, at, unattended });
      run.emit({ type: "run-ended", outcome, seconds: run.seconds(), left: [] });
      await run.close();
      if (outcome === "done") {
        if (options.to !== undefined && !options.json)
          io.stdout(`Set kubernetes.version: ${options.to} in ${prepared.cluster.source}, so that it says what runs.\n`);
        return 0;
      }
      if (!options.json) io.stderr(`Run the same command again to go on: what is done is skipped. Journal: ${run.journal}\n`);
      return 1;
    } finally {
      await lock.release();
    }
  } finally {
    await prepared.close();
  }
}

const onlyUp: ReadonlySet<string> = new Set(["control-plane/version", "network/stays"]);

/** `up` refuses another version, and another network, of a live cluster; those guards are not for the verb that changes them. */
async function open(io: CliIo, options: CommonOptions): Promise<Prepared> {
  const prepared = await prepare(io, options);
  return { ...prepared, instances: prepared.instances.filter(({ step }) => !onlyUp.has(step.id)) };
}

async function roadTo({ world, cluster, target }: Prepared): Promise<{ road: readonly Hop[]; begun: boolean }> {
  const { api, kube } = await lookPatiently(world.sessions, controlPlanes(cluster), [controlPlaneVersionsFact, nodesFact]);
  if (kube === null)
    throw refusal(
      "upgrade/no-cluster",
      api === "none" ? "there is no cluster yet" : "no control plane of the cluster answers",
      api === "none"
        ? "provision up makes one"
        : "bring one back first: crictl ps -a and journalctl -u kubelet on a control plane say why",
    );
  const reply = kube.get(controlPlaneVersionsFact.key);
  const versions = [
    ...((reply === undefined ? new Map() : controlPlaneVersionsFact.parse(reply)).get("kube-apiserver")?.values() ?? []),
  ] as string[];
  const [some, ...more] = versions;
  if (some === undefined)
    throw refusal("upgrade/no-version", "the version of the API servers is not to be seen", "are their images tagged with it?");
  const live = more.reduce((lowest, one) => (isAtLeast(one, lowest) ? lowest : one), some);
  const wanted = cluster.kubernetes.version;
  const road = hops(live, wanted, Object.keys(target.catalog.kubernetes));
  if ("hops" in road) {
    const nodes = kube.get(nodesFact.key);
    // All API servers are new and kubelets are not: a backup of now would push out the one of before.
    const kubeletsLag =
      live === wanted &&
      nodes !== undefined &&
      nodesFact.parse(nodes).some(({ status }) => status.nodeInfo.kubeletVersion !== `v${wanted}`);
    return { road: road.hops, begun: kubeletsLag || versions.some((one) => one !== live) };
  }
  if (road.refused === "downgrade")
    throw refusal(
      "upgrade/downgrade",
      `the cluster runs Kubernetes ${live}; ${wanted} is older, and there is no way back in place`,
      "provision restore brings back a backup of the older version",
    );
  throw refusal(
    "upgrade/gap",
    `from ${live} to ${wanted} leads through ${road.minor}, of which the catalog has no version`,
    `minors are never skipped: add one of ${road.minor} to the mirror's catalog`,
  );
}

const refusal = (code: string, message: string, hint: string): ProvisionError =>
  new ProvisionError([{ severity: "error", code, message, place: {}, hint }], 3);
