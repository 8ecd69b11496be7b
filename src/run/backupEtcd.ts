import {
  type Checked,
  endTrial,
  etcdRoom,
  judgeSnapshot,
  readTrial,
  snapshotStatus,
  startTrial,
  takeSnapshot,
  trialHealth,
  trialLog,
} from "../backup/etcdScripts.ts";
import type { Script } from "../host/sh.ts";
import type { Condition } from "../role/action.ts";
import { runJob } from "./job.ts";
import type { Sessions } from "./sessions.ts";
import { lastWords, StepFailure } from "./stepFailure.ts";
import { waitFor } from "./wait.ts";

export interface EtcdRoom {
  /** Bytes of etcd's data file. */
  readonly data: number;
  /** The image that the member runs. */
  readonly image: string;
}

/** Two preallocated write-ahead logs of 64 MB, and a little. */
const besides = 192 * 1024 * 1024;
const mb = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`;

/** Asks whether the node has room for a snapshot and its restored copy. Throws StepFailure when it has not. */
export async function roomOnNode(sessions: Sessions, node: string): Promise<EtcdRoom> {
  const { code, stdout, stderr } = await sessions.with(node, (host) => host.run(etcdRoom.text));
  const [data = Number.NaN, free = Number.NaN] = stdout.split("\n").map(Number);
  const image = stdout.split("\n")[2] ?? "";
  if (code !== 0 || !Number.isInteger(data) || !Number.isInteger(free) || image === "")
    throw new StepFailure("backup/no-etcd", "this control plane's etcd was not found where kubeadm puts it", {
      seen: lastWords(`${stdout}${stderr}`),
    });
  const needed = 2 * data + besides;
  if (free < needed)
    throw new StepFailure("backup/no-room", `a snapshot and a restored copy of it need ${mb(needed)} under /var/lib/provision`, {
      seen: `${mb(free)} free`,
      hint: "make room on this control plane and run the same command again",
    });
  return { data, image };
}

/**
 * Takes a snapshot on the node and tries it: its status by etcdutl, and an etcd of its own that is started from it and asked what it
 * holds. It is left in the folder where a node gathers. `run` names the job, so that no other run's snapshot is taken for this one's.
 */
export async function snapshot(
  sessions: Sessions,
  node: string,
  run: string,
  onReason: (summary: string, reason: string) => void,
): Promise<Checked> {
  const text = (script: Script): Promise<string> =>
    sessions.with(node, async (host) => {
      const { code, stdout, stderr } = await host.run(script.text);
      if (code === 0) return stdout;
      throw new StepFailure("backup/not-readable", "the snapshot, restored into an etcd of its own, could not be read", {
        seen: lastWords(stderr || stdout),
      });
    });
  await sessions.with(node, (host) =>
    runJob(
      host,
      { name: `backup-${run}`, summary: "snapshot of etcd", script: takeSnapshot, deadlineSeconds: 1800 },
      { onReason: (reason) => onReason("snapshot of etcd", reason) },
    ),
  );
  try {
    await text(startTrial);
    const waited = await waitFor(trialAnswers, () => sessions.with(node, (host) => host.run(trialHealth.text)), {
      onReason: (reason) => onReason(trialAnswers.summary, reason),
    });
    if (!waited.met) {
      const seen = lastWords(`${waited.reason}\n${await text(trialLog)}`);
      throw new StepFailure("backup/not-startable", `no etcd came up from the snapshot in ${waited.seconds} s`, { seen });
    }
    const judged = judgeSnapshot(await text(snapshotStatus), await text(readTrial));
    if ("problem" in judged)
      throw new StepFailure("backup/not-sound", "the snapshot does not hold what it should", { seen: judged.problem });
    return judged;
  } finally {
    await sessions.with(node, (host) => host.run(endTrial.text));
  }
}

const trialAnswers: Condition = {
  summary: "an etcd started from the snapshot answers",
  script: trialHealth,
  unmet: ({ code, stdout }) => (code === 0 ? null : (stdout.trim().split("\n").at(-1) ?? "no answer")),
  intervalMs: 250,
  deadlineMs: 120_000,
};
