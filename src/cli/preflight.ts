import { allFeatures } from "../kernel/features.ts";
import { type ExitCode, ProvisionError } from "../model/diagnostic.ts";
import { count } from "../plan/renderText.ts";
import type { CheckTarget } from "../preflight/check.ts";
import { waive } from "../preflight/waive.ts";
import { preflightJson } from "../report/preflightJson.ts";
import { isRefused, type PreflightReport } from "../report/preflightReport.ts";
import { renderPreflight } from "../report/preflightText.ts";
import { betweenNodes } from "../run/betweenNodes.ts";
import type { CliIo } from "./cliIo.ts";
import { allChecks, betweenNames, checkNames, checksBesides, type Wanted, wantedFeatures } from "./preflightChecks.ts";
import { deepLook } from "./preflightDeep.ts";
import { lookAtMachines } from "./preflightLook.ts";
import { type CommonOptions, type Prepared, prepare } from "./prepare.ts";

export interface PreflightOptions extends CommonOptions {
  readonly json?: boolean;
  readonly details?: boolean;
  /** Names of features in src/kernel, or "all". */
  readonly feature?: readonly string[];
  /** Kernels are asked with a helper that is brought for it. */
  readonly deep?: boolean;
  /** false: nothing is sent from node to node. */
  readonly between?: boolean;
}

/** Looks at the machines alone: can they be nodes of this cluster? 0 yes, 3 no, 1 stopped before that was known. */
export async function preflight(io: CliIo, options: PreflightOptions): Promise<ExitCode> {
  const wanted = wantedFeatures(options.feature ?? []);
  const prepared = await prepare(io, options);
  const stop = new AbortController();
  const unsubscribe = io.onInterrupt(() => {
    stop.abort();
    io.stderr("stopping: looks under way end first; press Ctrl-C again to leave at once\n");
  });
  try {
    const report = await gather(io, prepared, options, wanted, stop.signal);
    const { color, width } = io;
    io.stdout(
      options.json ? preflightJson(report) : renderPreflight(report, { color, width, details: options.details ?? false }),
    );
    return isRefused(report) ? 3 : 0;
  } finally {
    unsubscribe();
    await prepared.close();
  }
}

/** Rejects with ProvisionError (exit 1) when it was stopped. */
async function gather(
  io: CliIo,
  prepared: Prepared,
  options: PreflightOptions,
  wanted: Wanted,
  stop: AbortSignal,
): Promise<PreflightReport> {
  const { cluster, target, world, warnings } = prepared;
  const { catalog } = target;
  const { sessions } = world;
  const deep = options.deep === true ? { bring: await deepLook(prepared) } : {};
  const features = wanted.all ? allFeatures : wanted.named;
  const targets = cluster.nodes.map((node): CheckTarget => ({ cluster, node, catalog, features, thorough: true }));
  const tell = (line: string): void => {
    if (io.isTty && options.json !== true) io.stderr(`${line}\n`);
  };
  tell(`looking at ${count(targets.length, "machine")}`);
  const onAnswer = (done: number, of: number): void => {
    if (done % 50 === 0 && done < of) tell(`${done} of ${of} looked at`);
  };
  const looked = await lookAtMachines(sessions, targets, allChecks, { stop, onAnswer, ...deep });
  const answered = new Set(looked.results.map(({ node }) => node));
  const withBetween = options.between !== false && answered.size > 0 && !stop.aborted;
  if (withBetween) tell("sending a little from each to the others");
  const between = withBetween ? await betweenNodes(sessions, { cluster }, [...answered]) : [];
  if (stop.aborted) throw stopped();
  const asked = withBetween ? checkNames : checkNames.filter((name) => !betweenNames.includes(name));
  const waived = waive([...looked.results, ...between], cluster, { known: checkNames, asked });
  return {
    cluster: cluster.name,
    nodes: cluster.nodes.map(({ name }) => name),
    results: waived.results,
    diagnostics: [...warnings, ...waived.diagnostics, ...looked.diagnostics],
    besides: checksBesides(targets, wanted),
  };
}

const stopped = (): ProvisionError =>
  new ProvisionError(
    [{ severity: "error", code: "preflight/stopped", message: "stopped before all was known; nothing was changed", place: {} }],
    1,
  );
