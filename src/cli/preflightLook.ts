import PQueue from "p-queue";
import type { Fact } from "../facts/fact.ts";
import type { Host } from "../host/host.ts";
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
  /** Brings to the machine what its look needs, and gives back how to take it away again. */
  readonly bring?: (host: Host, target: CheckTarget) => Promise<() => Promise<void>>;
  readonly onAnswer?: (done: number, of: number) => void;
  /** Aborted, no further look begins; those that run end as they would. */
  readonly stop?: AbortSignal;
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
    diagnostics: looks.flatMap((look) => (look !== null && "failure" in look ? [look.failure] : [])),
  };
}

type Look = (Answered & { readonly clock: Diagnostic | null }) | { readonly failure: Diagnostic };

async function lookAtMachine(
  sessions: Sessions,
  target: CheckTarget,
  checks: Checks,
  bring: LookOptions["bring"],
): Promise<Look> {
  const { name } = target.node;
  const facts: readonly Fact<unknown>[] = [...factsOfChecks(checks.node, target), ...factsOfFleetChecks(checks.fleet, target)];
  try {
    const from = Date.now() / 1000;
    const replies = await sessions.with(name, async (host) => {
      const takeAway = await bring?.(host, target);
      try {
        return await lookAtHost(host, facts);
      } finally {
        await takeAway?.();
      }
    });
    return { target, replies, clock: clockDiagnostic(name, replies, from, Date.now() / 1000) };
  } catch (error) {
    return { failure: nodeDiagnostic(name, error) };
  }
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
