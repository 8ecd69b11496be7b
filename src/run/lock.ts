import type { Held } from "../host/host.ts";
import { HostError } from "../host/host.ts";
import { type Script, sh } from "../host/sh.ts";
import { controlPlanes } from "../model/cluster.ts";
import { type Diagnostic, ProvisionError } from "../model/diagnostic.ts";
import { nodeDiagnostic } from "./look.ts";
import { waitFor } from "./wait.ts";
import type { World } from "./world.ts";

export interface LockOwner {
  readonly run: string;
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
}

/** Never removed while a cluster lives: a lock on a removed file would exclude nobody. */
export const lockPath = "/run/provision-lock";
/** Who took the lock last, on a machine that belongs to a cluster; it outlives a restart. Who lost it may take it again only while this names him. */
export const lastPath = "/var/lib/provision/lock-last";

export interface Lock {
  readonly release: () => Promise<void>;
  /** Aborts when a control plane let go of the lock although this run did not, and it could not be taken again: another run may begin. */
  readonly lost: AbortSignal;
}

/** Milliseconds in which a lost lock must be held again: what a cut cable takes, and the node's own writing, which ends the old session. */
const againMs = 120_000;

/**
 * One lock per cluster, held on every control plane for as long as this process lives: the node lets go when the SSH channel ends,
 * so a killed run leaves no lock behind. Where the channel has no end that reaches the node (a cable, a machine that went down), the
 * node's own writing finds that out: at once when the network is back, else when TCP gives up, after 15 minutes instead of never.
 * When the channel ends and this run goes on, the lock is taken again, if nobody has had it in between.
 * `patienceMs`: how long a control plane may be away. Throws ProvisionError (exit 3) that names the holder.
 */
export async function takeLock(world: World, owner: LockOwner, { patienceMs = againMs } = {}): Promise<Lock> {
  const held = new Map<string, Held>();
  const lost = new AbortController();
  const over = new AbortController();
  const release = async (): Promise<void> => {
    over.abort();
    await Promise.allSettled([...held.values()].map((one) => one.release()));
  };
  const words = `${owner.user}@${owner.host} (process ${owner.pid}, run ${owner.run}) since ${owner.since}`;
  const take = (plane: string, again: boolean): Promise<Held> =>
    world.sessions.with(plane, (host) => host.hold(holding(words, again).text));
  const watch = (plane: string, one: Held): void => {
    held.set(plane, one);
    void one.closed.then(async () => {
      if (over.signal.aborted) return;
      const anew = await takenAgain(() => take(plane, true), words, patienceMs, over.signal);
      if (anew === null) lost.abort();
      else if (over.signal.aborted) await anew.release();
      else watch(plane, anew);
    });
  };
  for (const { name } of controlPlanes(world.cluster)) {
    try {
      const one = await take(name, false);
      if (one.firstLine === "held") {
        watch(name, one);
        continue;
      }
      throw new ProvisionError([heldBy(name, one.firstLine.replace(/^busy /, ""))], 3);
    } catch (error) {
      await release();
      if (error instanceof ProvisionError) throw error;
      throw new ProvisionError([nodeDiagnostic(name, error)], 3);
    }
  }
  return { release, lost: lost.signal };
}

/** Prints "held", "busy <who>" or "after <who>", and holds until its input ends. */
const holding = (
  words: string,
  again: boolean,
): Script => sh`after() { [ ${again ? "again" : ""} ] && [ "$(cat ${lastPath})" != ${words} ] && printf 'after %s\\n' "$(cat ${lastPath})"; }
after && exit 0
exec 9>>${lockPath} || exit 1
if ! flock -n 9; then printf 'busy %s\\n' "$(cat ${`${lockPath}.owner`})"; exit 0; fi
after && exit 0
printf '%s\\n' ${words} >${`${lockPath}.owner`}; [ ! -d /var/lib/provision ] || printf '%s\\n' ${words} >${lastPath}; echo held
( trap 'kill "$s"; exit' TERM; while :; do sleep 10 >/dev/null & s=$!; wait "$s"; echo; done ) 9>&- 2>/dev/null & beat=$!
cat >/dev/null; kill "$beat"; wait "$beat"; rm -f ${`${lockPath}.owner`}`;

/** The lock of one control plane once more; null when somebody else has it or had it, or nobody is to be asked in time. */
async function takenAgain(
  take: () => Promise<Held>,
  words: string,
  patienceMs: number,
  signal: AbortSignal,
): Promise<Held | null> {
  let anew: Held | null = null;
  let somebody = false;
  const ask = async () => {
    const one = await take().catch((error) => {
      if (error instanceof HostError) return null;
      throw error;
    });
    if (one?.firstLine === "held") anew = one;
    // An old session of this very run may still hold it: the node ends it by itself. Nothing said: the machine went down over the question.
    else somebody = one !== null && one.firstLine !== "" && one.firstLine !== `busy ${words}`;
    return { code: 0, stdout: "", stderr: "" };
  };
  const condition = {
    summary: "the lock is held again",
    script: sh``,
    unmet: () => (anew === null ? "not yet" : null),
    hopeless: () => somebody,
    intervalMs: 1000,
    deadlineMs: patienceMs,
  };
  await waitFor(condition, ask, { signal }).catch(() => undefined); // released meanwhile
  return anew;
}

const heldBy = (node: string, holder: string): Diagnostic => ({
  severity: "error",
  code: "lock/held",
  message: `another run holds the lock: ${holder}`,
  place: { node },
  hint: "wait for it to end; a run that died lets go as soon as its connection is gone. If its machine is gone and the lock stays: provision unlock",
});
