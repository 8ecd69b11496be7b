import type { ExitCode } from "../model/diagnostic.ts";
import type { PlannedStep } from "../plan/plan.ts";
import { makeView } from "../report/view.ts";
import type { EventBody, RunEvent } from "../run/event.ts";
import { journalFolder, openJournal } from "../run/journal.ts";
import { walk } from "../run/walk.ts";
import type { CliIo } from "./cliIo.ts";
import type { Prepared } from "./prepare.ts";

export interface RunRequest {
  readonly verb: string;
  readonly steps: readonly PlannedStep[];
  readonly json: boolean;
}

/** Walks the plan with a journal and a view. The first interrupt lets running steps end and says where the run is; a second one leaves at once. */
export async function runSteps(io: CliIo, prepared: Prepared, request: RunRequest): Promise<ExitCode> {
  const { cluster, owner, world, target, cache, instances } = prepared;
  const journal = openJournal(journalFolder(io.env, io.home, cluster.name), owner.run);
  const view = makeView({ json: request.json, tty: io.stream.isTTY, color: io.color, stdout: io.stream });
  const emit = (body: EventBody): void => {
    const event: RunEvent = { at: new Date().toISOString(), run: owner.run, ...body };
    journal.write(event);
    view.event(event);
  };
  const stop = new AbortController();
  const unsubscribe = io.onInterrupt(() => {
    stop.abort();
    emit({ type: "note", message: "stopping: running steps end first; press Ctrl-C again to leave at once" });
  });
  const start = performance.now();
  const changing = request.steps.filter((step) => step.verdict.status === "change");
  const steps = changing.map(({ id, node, summary }) => ({ id, node, summary }));
  emit({ type: "run-started", verb: request.verb, cluster: cluster.name, steps });
  try {
    const result = await walk(instances, request.steps, { world, target, cache, emit, stop: stop.signal });
    emit({
      type: "run-ended",
      outcome: result.outcome,
      seconds: Math.round(performance.now() - start) / 1000,
      left: result.left,
    });
    await view.close();
    if (result.outcome === "done") return 0;
    const again = `Run the same command again to go on: what is done is skipped. Journal: ${journal.file}\n`;
    if (!request.json) io.stderr(again);
    return 1;
  } finally {
    unsubscribe();
  }
}
