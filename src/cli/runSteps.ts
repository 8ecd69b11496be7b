import type { ExitCode } from "../model/diagnostic.ts";
import type { PlannedStep } from "../plan/plan.ts";
import { clearDeadRunsOf } from "../run/clearDeadRuns.ts";
import { changesNetwork, measured } from "../run/measured.ts";
import { type WalkResult, walk } from "../run/walk.ts";
import type { CliIo } from "./cliIo.ts";
import { openRun } from "./openRun.ts";
import type { Prepared } from "./prepare.ts";

export interface RunRequest {
  readonly verb: string;
  readonly steps: readonly PlannedStep[];
  readonly json: boolean;
  readonly lockLost: AbortSignal;
  readonly parallel?: number;
}

/** Walks the plan with a journal and a view. The first interrupt lets running steps end and says where the run is; a second one leaves at once. */
export async function runSteps(io: CliIo, prepared: Prepared, request: RunRequest): Promise<ExitCode> {
  const { cluster, world, target, cache, instances } = prepared;
  const run = openRun(io, prepared, request.json);
  const { emit } = run;
  const stop = new AbortController();
  const unsubscribe = io.onInterrupt(() => {
    stop.abort();
    emit({ type: "note", message: "stopping: running steps end first; press Ctrl-C again to leave at once" });
  });
  request.lockLost.addEventListener("abort", () => {
    stop.abort();
    emit({ type: "note", message: "stopping: the connection that held the cluster's lock is gone; running steps end first" });
  });
  const changing = request.steps.filter((step) => step.verdict.status === "change");
  const steps = changing.map(({ id, node, summary }) => ({ id, node, summary }));
  emit({ type: "run-started", verb: request.verb, cluster: cluster.name, steps });
  try {
    const work = (): Promise<WalkResult> =>
      walk(instances, request.steps, {
        world,
        target,
        cache,
        emit,
        stop: stop.signal,
        ...(request.parallel === undefined ? {} : { parallel: request.parallel }),
      });
    const result = changesNetwork(instances, changing)
      ? await measured({ world, emit }, work, ({ outcome }) => outcome === "done")
      : await work();
    if (result.outcome === "done") await clearDeadRunsOf(world); // what an earlier run left half-way is of no use to anybody
    emit({
      type: "run-ended",
      outcome: result.outcome,
      seconds: run.seconds(),
      left: result.left,
    });
    await run.close();
    if (result.outcome === "done") return 0;
    const again = `Run the same command again to go on: what is done is skipped. Journal: ${run.journal}\n`;
    if (!request.json) io.stderr(again);
    return 1;
  } finally {
    unsubscribe();
  }
}
