import PQueue from "p-queue";
import type { Host } from "../host/host.ts";
import type { Script } from "../host/sh.ts";
import { doubtful, no, seen } from "../kernel/answer.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Check, CheckTarget, FleetCheck, Result } from "../preflight/check.ts";
import { type Answered, factsOfFleetChecks, judgeFleet } from "../preflight/judgeFleet.ts";
import { factsOfChecks, judgeNode } from "../preflight/judgeNode.ts";
import { clockDiagnostic } from "../run/clockDiagnostic.ts";
import { lookAtHost, nodeDiagnostic } from "../run/look.ts";
import type { Sessions } from "../run/sessions.ts";

/** Machines looked at at once: enough to hide the network's latency, few enough that no login waits for its turn until it times out. */
const parallel = 50;

export interface Checks {
  readonly node: readonly Check[];
  readonly fleet: readonly FleetCheck[];
}

export interface LookOptions {
  readonly bring?: Bring;
  readonly onAnswer?: (done: number, of: number) => void;
  /** Aborted, no further look begins; those that run end as they would. */
  readonly stop?: AbortSignal;
}

/** Something that a machine is lent for its look. */
export interface Bring {
  /** `target`: what is asked now that it is there; `warning`: why it is not. */
  readonly to: (
    host: Host,
    target: CheckTarget,
  ) => Promise<{ readonly target: CheckTarget; readonly warning: Diagnostic | null }>;
  /** Runs after the look, however that or the bringing ended; over a new connection when the first was lost. */
  readonly takeAway: Script;
}

/** One look at each machine, then all answers. A machine that does not answer has a diagnostic instead of results. */
export async function lookAtMachines(
  sessions: Sessions,
  targets: readonly CheckTarget[],
  checks: Checks,
  options: LookOptions = {},
): Promise<{ readonly results: readonly Result[]; readonly diagnostics: readonly Diagnostic[] }> {
  const queue = new PQueue({ concurrency: parallel });
  let done = 0;
  const looks = await Promise.all(
    targets.map((target) =>
      queue.add(async (): Promise<Look | null> => {
        if (options.stop?.aborted === true) return null;
        const look = await lookAtMachine(sessions, target, checks, options.bring);
        options.onAnswer?.(++done, targets.length);
        return look;
      }),
    ),
  );
  const machines = looks.flatMap((look) => (look === null || "failure" in look ? [] : [look]));
  const results = machines.flatMap(({ target, replies, clock }) => [
    ...judgeNode(checks.node, target, replies),
    clockResult(target, clock),
  ]);
  return {
    results: [...results, ...judgeFleet(checks.fleet, machines)],
    diagnostics: looks.flatMap((look) => (look === null ? [] : "failure" in look ? look.failure : (look.warning ?? []))),
  };
}

type Look =
  | (Answered & { readonly clock: Diagnostic | null; readonly warning: Diagnostic | null })
  | { readonly failure: Diagnostic };

async function lookAtMachine(sessions: Sessions, target: CheckTarget, checks: Checks, bring: Bring | undefined): Promise<Look> {
  const { name } = target.node;
  let lent = false;
  const look = async (host: Host): Promise<Look> => {
    lent = bring !== undefined;
    const { target: asked, warning } = (await bring?.to(host, target)) ?? { target, warning: null };
    const facts = [...factsOfChecks(checks.node, asked), ...factsOfFleetChecks(checks.fleet, asked)];
    const from = Date.now() / 1000;
    const replies = await lookAtHost(host, facts);
    return { target: asked, replies, clock: clockDiagnostic(name, replies, from, Date.now() / 1000), warning };
  };
  const orFailure = async (work: Promise<Look>): Promise<Look> => {
    try {
      return await work;
    } catch (error) {
      return { failure: nodeDiagnostic(name, error) };
    }
  };
  const looked = await orFailure(sessions.with(name, look));
  if (bring === undefined || !lent) return looked;
  return orFailure(sessions.with(name, (host) => host.run(bring.takeAway.text)).then(() => looked));
}

/** The one answer that needs a second clock, this machine's: it is made here, and no check of its own. */
export const clockCheck = { name: "host/clock", title: "clock" } as const;

function clockResult({ node }: CheckTarget, clock: Diagnostic | null): Result {
  const { name: check, title } = clockCheck;
  const hint = clock?.hint ?? "";
  const answer =
    clock === null
      ? seen("the same as this machine's, within what the look took")
      : clock.severity === "error"
        ? no(clock.message, hint)
        : doubtful(clock.message, hint);
  return { check, title, node: node.name, findings: [{ what: title, answer }] };
}
