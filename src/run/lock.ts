import type { Held } from "../host/host.ts";
import { sh } from "../host/sh.ts";
import { controlPlanes } from "../model/cluster.ts";
import { ProvisionError } from "../model/diagnostic.ts";
import { nodeDiagnostic } from "./look.ts";
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

export interface Lock {
  readonly release: () => Promise<void>;
  /** Aborts when a control plane let go of the lock although this run did not: another run may begin. */
  readonly lost: AbortSignal;
}

/**
 * One lock per cluster, held on every control plane for as long as this process lives: the node lets go when the SSH channel ends,
 * so a killed run leaves no lock behind. Where the channel has no end that reaches the node (a cable, a machine that went down), the
 * node's own writing finds that out: at once when the network is back, else when TCP gives up, after 15 minutes instead of never.
 * Throws ProvisionError (exit 3) that names the holder.
 */
export async function takeLock(world: World, owner: LockOwner): Promise<Lock> {
  const held: Held[] = [];
  const lost = new AbortController();
  let released = false;
  const release = async (): Promise<void> => {
    released = true;
    await Promise.allSettled(held.map((one) => one.release()));
  };
  const words = `${owner.user}@${owner.host} (process ${owner.pid}, run ${owner.run}) since ${owner.since}`;
  const script = sh`exec 9>>${lockPath} || exit 1
if ! flock -n 9; then printf 'busy %s\\n' "$(cat ${`${lockPath}.owner`})"; exit 0; fi
printf '%s\\n' ${words} >${`${lockPath}.owner`}; echo held
( trap 'kill "$s"; exit' TERM; while :; do sleep 10 >/dev/null & s=$!; wait "$s"; echo; done ) 9>&- 2>/dev/null & beat=$!
cat >/dev/null; kill "$beat"; wait "$beat"; rm -f ${`${lockPath}.owner`}`;
  for (const plane of controlPlanes(world.cluster)) {
    try {
      const one = await world.sessions.with(plane.name, (host) => host.hold(script.text));
      if (one.firstLine === "held") {
        held.push(one);
        continue;
      }
      await release();
      const holder = one.firstLine.replace(/^busy /, "");
      throw new ProvisionError(
        [
          {
            severity: "error",
            code: "lock/held",
            message: `another run holds the lock: ${holder}`,
            place: { node: plane.name },
            hint: "wait for it to end; a run that died lets go as soon as its connection is gone. If its machine is gone and the lock stays: provision unlock",
          },
        ],
        3,
      );
    } catch (error) {
      await release();
      if (error instanceof ProvisionError) throw error;
      throw new ProvisionError([nodeDiagnostic(plane.name, error)], 3);
    }
  }
  for (const one of held) void one.closed.then(() => released || lost.abort());
  return { release, lost: lost.signal };
}
