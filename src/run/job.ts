import type { Host } from "../host/host.ts";
import { type Script, sh } from "../host/sh.ts";
import type { Condition } from "../role/action.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import { waitFor } from "./wait.ts";

export interface Job {
  /** Part of the unit's name: provision-<name>.service. */
  readonly name: string;
  readonly summary: string;
  readonly script: Script;
  readonly deadlineSeconds: number;
}

const folder = "/run/provision/jobs";

/**
 * Runs a command as the systemd unit provision-<name> on the node and waits for its end. When that unit is there already, from a
 * run that died or lost its connection, it is not started again but waited for. Throws StepFailure with the command's last words.
 */
export async function runJob(
  host: Host,
  job: Job,
  options: { readonly signal?: AbortSignal; readonly onReason?: (reason: string) => void },
): Promise<void> {
  const unit = `provision-${job.name}.service`;
  const log = `${folder}/${job.name}.log`;
  // RemainAfterExit keeps a finished unit where its result can be read, also by a later run. One that failed earlier is started anew.
  // Both outputs are one open file: two would write over each other's lines.
  const start = sh`case "$(systemctl show -p ActiveState --value ${unit})" in active|activating|deactivating) exit 0;; esac
systemctl reset-failed ${unit} 2>/dev/null
mkdir -p ${folder} && chmod 700 ${folder} && cat >${`${folder}/${job.name}.sh`} || exit 1
systemd-run --quiet --unit ${unit} -p RemainAfterExit=yes -p StandardOutput=${`truncate:${log}`} -p StandardError=inherit /bin/sh ${`${folder}/${job.name}.sh`}`;
  const started = await host.run(start.text, { stdin: job.script.text });
  if (started.code !== 0)
    throw new StepFailure("job/not-started", `could not start ${unit}`, { seen: lastWords(started.stderr) });

  const ended: Condition = {
    summary: job.summary,
    script: sh`systemctl show -p ActiveState,SubState,Result,ExecMainStatus ${unit}; tail -n 1 ${log} 2>/dev/null`,
    unmet: ({ stdout }) =>
      /^SubState=(exited|failed|dead)$/m.test(stdout) ? null : (stdout.trimEnd().split("\n").slice(4).at(-1) ?? "running"),
    intervalMs: 250,
    deadlineMs: job.deadlineSeconds * 1000,
  };
  let result = "";
  const ask = async () => {
    const reply = await host.run(ended.script.text);
    result = reply.stdout;
    return reply;
  };
  const waited = await waitFor(ended, ask, options);
  if (!waited.met)
    throw new StepFailure(
      "job/deadline",
      `${job.summary}: not finished after ${job.deadlineSeconds} s; ${unit} is left running`,
      { seen: waited.reason },
    );

  const output = await host.run(
    sh`cat ${log}; systemctl stop ${unit}; systemctl reset-failed ${unit} 2>/dev/null; rm -f ${`${folder}/${job.name}.sh`} ${log}`
      .text,
  );
  const status = /^ExecMainStatus=(\d+)$/m.exec(result)?.[1];
  if (!/^Result=success$/m.test(result) || status !== "0") {
    throw new StepFailure("job/failed", `${job.summary}: failed with exit code ${status ?? "unknown"}`, {
      seen: lastWords(output.stdout, 6),
    });
  }
}
