import { HostError, type HostErrorKind } from "../host/host.ts";
import {
  askRestart,
  type RestartSeen,
  readRestart,
  restart,
  restartDeadlineMs,
  restartHint,
  restartPhase,
} from "../upgrade/restart.ts";
import type { Sessions } from "./sessions.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import { waitFor } from "./wait.ts";

/**
 * What a machine on its way down and up may answer beside nothing: nobody but root is let in before its boot has ended (pam_nologin), and what
 * was asked in its last second has no answer.
 */
const passing: ReadonlySet<HostErrorKind> = new Set(["unreachable", "lost", "channel", "timeout", "auth", "sudo"]);
const answerMs = 20_000;

/** Tells the machine to restart and waits until another boot than `before` answers. Throws StepFailure, and HostError for what no restart explains. */
export async function restartMachine(
  sessions: Pick<Sessions, "with">,
  node: string,
  before: string,
  onReason: (reason: string) => void,
  { deadlineMs = restartDeadlineMs, intervalMs = 2_000 } = {},
): Promise<void> {
  const reply = await sessions.with(node, (host) => host.run(restart(before).text));
  if (reply.code !== 0)
    throw new StepFailure("packages/restart", "the machine could not be told to restart", { seen: lastWords(reply.stderr) });
  const told = performance.now();
  let answered = told;
  let seen: RestartSeen = { noAnswer: "not asked yet" };
  const since = (moment: number): number => (performance.now() - moment) / 1000;
  const phase = (): string | null => restartPhase(seen, before, { told: since(told), silent: since(answered) });
  const ask = async () => {
    try {
      seen = readRestart(await sessions.with(node, (host) => host.run(askRestart.text, { timeout: answerMs })));
      answered = performance.now();
    } catch (error) {
      if (!(error instanceof HostError) || !passing.has(error.kind)) throw error;
      seen = { noAnswer: error.kind === "timeout" ? `a command did not end within ${answerMs / 1000} s` : error.message };
    }
    return { code: 0, stdout: "", stderr: "" };
  };
  const condition = { summary: `${node} has restarted`, script: askRestart, unmet: phase, intervalMs, deadlineMs };
  const waited = await waitFor(condition, ask, { onReason });
  if (waited.met) return;
  throw new StepFailure("packages/restart", `another boot of ${node} does not answer after ${waited.seconds} s`, {
    seen: waited.reason,
    hint: restartHint(seen),
  });
}
