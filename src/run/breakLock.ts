import { HostError } from "../host/host.ts";
import { sh } from "../host/sh.ts";
import { controlPlanes } from "../model/cluster.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { lastPath, lockPath } from "./lock.ts";
import { nodeDiagnostic } from "./look.ts";
import { lastWords } from "./stepFailure.ts";
import type { World } from "./world.ts";

/** Who holds the lock on one control plane. */
export interface LockHolder {
  readonly node: string;
  /** What the holder wrote of itself: "ann@desk (process 42, run x) since 2026-01-02T03:04:05.000Z". As hostile as any text of a node. */
  readonly words: string;
  /** The same, understood; null when it is not what this version writes. */
  readonly owner: { readonly user: string; readonly host: string; readonly pid: number } | null;
  /** Processes on the node that hold it: the shell of the holder's SSH channel and what it waits in. */
  readonly pids: readonly number[];
}

/** Processes that have the lock file open, one id a line. Who is refused the lock has it open only for that moment. */
const holders = sh`find /proc/[0-9]*/fd -maxdepth 1 -lname ${lockPath} 2>/dev/null | cut -d/ -f3 | sort -un`;

/** Asks every control plane. Those where nobody holds it are left out; those that do not answer are told. */
export async function lockHolders(
  world: World,
): Promise<{ readonly holders: readonly LockHolder[]; readonly diagnostics: readonly Diagnostic[] }> {
  const found: LockHolder[] = [];
  const diagnostics: Diagnostic[] = [];
  await Promise.all(
    controlPlanes(world.cluster).map(async ({ name }) => {
      try {
        const script = sh`head -c 500 ${`${lockPath}.owner`} 2>/dev/null | head -n 1 | tr -d '\\0'; echo; echo --; ${holders}`;
        const { stdout } = await world.sessions.with(name, (host) => host.run(script.text));
        const [words = "", list = ""] = stdout.split("\n--\n");
        const pids = list
          .split("\n")
          .filter((line) => /^[1-9]\d*$/.test(line))
          .map(Number);
        if (pids.length > 0) found.push({ node: name, words: words.trim(), owner: ownerOf(words.trim()), pids });
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        diagnostics.push(nodeDiagnostic(name, error));
      }
    }),
  );
  return { holders: found.sort((a, b) => (a.node < b.node ? -1 : 1)), diagnostics };
}

function ownerOf(words: string): LockHolder["owner"] {
  const [, user, host, pid] = /^(\S+)@(\S+) \(process (\d+), run \S+\) since \S+$/.exec(words) ?? [];
  return user === undefined || host === undefined ? null : { user, host, pid: Number(pid) };
}

/**
 * Ends the processes that hold the lock on one control plane, when it is still the holder that was shown, and waits until the lock is
 * free. The file stays: a lock on a removed file would exclude nobody. Returns why not, or null.
 */
export async function breakLock(world: World, holder: LockHolder): Promise<Diagnostic | null> {
  const script = sh`now=$(head -c 500 ${`${lockPath}.owner`} 2>/dev/null | head -n 1 | tr -d '\\0')
[ "$now" = ${holder.words} ] || { echo "somebody else holds it now: $now" >&2; exit 1; }
[ ! -d /var/lib/provision ] || echo unlocked >${lastPath}
list() { ${holders}; }
for p in $(list); do [ "$(cat "/proc/$p/comm" 2>/dev/null)" = cat ] && kill "$p"; done
n=0; while [ -n "$(list)" ] && [ "$n" -lt 20 ]; do n=$((n + 1)); sleep 0.1; done
for p in $(list); do kill -9 "$p"; done
n=0; while [ -n "$(list)" ]; do n=$((n + 1)); [ "$n" -lt 50 ] || { echo "still held by process $(list)" >&2; exit 1; }; sleep 0.1; done`;
  try {
    const reply = await world.sessions.with(holder.node, (host) => host.run(script.text));
    if (reply.code === 0) return null;
    return {
      severity: "error",
      code: "lock/not-broken",
      message: "the lock was not taken from its holder",
      place: { node: holder.node },
      seen: lastWords(reply.stderr),
      hint: "run provision unlock again and look at who holds it now",
    };
  } catch (error) {
    if (error instanceof HostError) return nodeDiagnostic(holder.node, error);
    throw error;
  }
}
