import { nodesFact } from "../facts/kube.ts";
import type { PackagesSeen } from "../facts/packages.ts";
import { controlPlanes } from "../model/cluster.ts";
import { type Diagnostic, type ExitCode, ProvisionError } from "../model/diagnostic.ts";
import { cordonedBy } from "../run/cordon.ts";
import { failureDiagnostics } from "../run/failureDiagnostics.ts";
import { takeLock } from "../run/lock.ts";
import { lookPatiently } from "../run/lookPatiently.ts";
import { packagesOf, packageTurns } from "../run/packageTurns.ts";
import { refusalsOf } from "../run/refusalsOf.ts";
import type { HopOutcome } from "../run/upgradeHop.ts";
import { turnGroups } from "../upgrade/order.ts";
import { packagesRefusal, type Restart } from "../upgrade/packages.ts";
import { restartDeadlineMs } from "../upgrade/restart.ts";
import { approved } from "./approved.ts";
import type { CliIo } from "./cliIo.ts";
import { type OpenRun, openRun } from "./openRun.ts";
import { type CommonOptions, type Prepared, prepare } from "./prepare.ts";
import { printDiagnostics } from "./printDiagnostics.ts";
import { refusal, roadTo } from "./roadTo.ts";
import { asker, backedUp, softStop } from "./upgradeRoad.ts";

export interface PackagesOptions extends CommonOptions {
  readonly to?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly restart?: Restart;
}

/** Packages of the machines' operating system, node by node. 0 done or nothing to do, 1 failed or stopped, 3 blocked or not approved. */
export async function upgradePackages(io: CliIo, options: PackagesOptions): Promise<ExitCode> {
  if (options.to !== undefined)
    throw refusal("packages/to", "--os-packages and --to do not go together", "upgrade Kubernetes first, the packages after it");
  const json = options.json ?? false;
  const restart = options.restart ?? "needed";
  const prepared = await prepare(io, options);
  try {
    const { cluster, world, owner } = prepared;
    const live = await liveVersion(io, prepared);
    const seen = await packagesSeen(prepared);
    const groups = turnGroups(cluster, new Set(cluster.nodes.map(({ name }) => name)));
    const diagnostics = [
      ...[...seen].flatMap(([node, one]) => packagesRefusal(node, one) ?? []),
      ...(await refusalsOf(world.sessions, prepared.target, { hops: [{ from: live, to: live }], staged: [], groups })),
    ];
    if (!json) printDiagnostics(io, diagnostics, { json: false });
    const against = diagnostics.filter(({ severity }) => severity === "error");
    if (against.length > 0) {
      if (json) throw new ProvisionError(against, 3);
      io.stdout("Blocked: nothing was changed.\n");
      return 3;
    }
    if (!json) for (const line of told(prepared, seen, restart)) io.stdout(`${line}\n`);
    if (!(await approved(io, options))) return 3;
    // A control plane that restarts lets go of the lock: it is taken again when the machine is back.
    const lock = await takeLock(world, owner, { patienceMs: restartDeadlineMs });
    const run = openRun(io, prepared, json);
    try {
      const outcome = await carriedOut(io, prepared, run, { lost: lock.lost, restart, unattended: !io.isTty || json });
      run.emit({ type: "run-ended", outcome, seconds: run.seconds(), left: [] });
      await run.close();
      if (outcome === "done") return 0;
      if (!json) io.stderr(`Run the same command again to go on. Journal: ${run.journal}\n`);
      return 1;
    } finally {
      await lock.release();
    }
  } finally {
    await prepared.close();
  }
}

async function carriedOut(
  io: CliIo,
  prepared: Prepared,
  run: OpenRun,
  { lost, restart, unattended }: { readonly lost: AbortSignal; readonly restart: Restart; readonly unattended: boolean },
): Promise<HopOutcome> {
  const { world, target, cache, instances, owner, cluster } = prepared;
  const { stop, unsubscribe } = softStop(io, { run, lost });
  const steps = cluster.nodes.map(({ name }) => ({
    id: `packages/brought@${name}`,
    node: name,
    summary: "newer packages are there",
  }));
  run.emit({ type: "run-started", verb: "upgrade --os-packages", cluster: cluster.name, steps });
  try {
    if (!(await begun(prepared)) && !(await backedUp(io, prepared, run, stop.signal)))
      return stop.signal.aborted ? "interrupted" : "failed";
    const goOn = asker({ run, unattended, prepared }, stop.signal);
    const hooks = { env: io.env, cwd: io.cwd };
    const { emit } = run;
    return await packageTurns({ world, target, cache, instances, emit, run: owner.run, stop: stop.signal, goOn, hooks, restart });
  } finally {
    unsubscribe();
  }
}

/** The gates are those of the inventory's version. */
async function liveVersion(io: CliIo, prepared: Prepared): Promise<string> {
  const wanted = prepared.cluster.kubernetes.version;
  const { road, begun: half } = await roadTo(io, prepared);
  const from = road[0]?.from ?? wanted;
  if (from === wanted && !half) return from;
  throw refusal(
    "packages/version",
    half ? `an upgrade to Kubernetes ${wanted} is half-way` : `the cluster runs Kubernetes ${from}, the inventory says ${wanted}`,
    "provision upgrade first; or write the version that runs into the inventory",
  );
}

async function packagesSeen({ cluster, world }: Prepared): Promise<ReadonlyMap<string, PackagesSeen>> {
  const seen = new Map<string, PackagesSeen>();
  const failed: Diagnostic[] = [];
  await Promise.all(
    cluster.nodes.map(async ({ name }) => {
      try {
        seen.set(name, await packagesOf(world, name));
      } catch (error) {
        failed.push(...failureDiagnostics({ step: "packages/seen", node: name }, error));
      }
    }),
  );
  if (failed.length > 0) throw new ProvisionError(failed, 3);
  return seen;
}

/** An earlier run was broken off in a node's turn: its backup is the one of before. */
async function begun({ cluster, world }: Prepared): Promise<boolean> {
  const { kube } = await lookPatiently(world.sessions, controlPlanes(cluster), [nodesFact]);
  const reply = kube?.get(nodesFact.key);
  return reply !== undefined && nodesFact.parse(reply).some(({ metadata }) => metadata.annotations[cordonedBy] !== undefined);
}

function told({ cluster }: Prepared, seen: ReadonlyMap<string, PackagesSeen>, restart: Restart): readonly string[] {
  const rows = cluster.nodes.map(({ name }) => {
    const { newer = [], restart: asks = false } = seen.get(name) ?? {};
    const names = newer.slice(0, 6).join(", ");
    const packages =
      newer.length === 0 ? "no newer packages known yet" : `${newer.length} newer: ${names}${newer.length > 6 ? ", …" : ""}`;
    return `  ${name}: ${packages}${asks ? "; waits for a restart" : ""}`;
  });
  return [
    `Upgrade the operating system's packages of ${cluster.name}, node by node. Their lists are brought up to date first; now they say`,
    ...rows,
    "Each node with newer packages: out of service, packages, " +
      `${restart === "always" ? "restart" : "restart where they ask for it"}, checks, back in service. Packages cannot be put back.`,
  ];
}
