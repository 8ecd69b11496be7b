import { type Script, sh } from "../host/sh.ts";

/**
 * Says so before it goes: an answer that was lost on the way would look like a command that failed. Asked twice, it restarts once. systemd fires
 * timers up to a minute late unless told (AccuracySec), and a machine that goes down behind the back of the next run is nobody's wish.
 */
export const restart = (before: string): Script =>
  sh`[ "$(cat /proc/sys/kernel/random/boot_id)" != ${before} ] || systemd-run --quiet --collect --on-active=1s --timer-property=AccuracySec=100ms systemctl reboot`;

/** A large server counts its memory and disks for ten minutes. */
export const restartDeadlineMs = 900_000;

/** Which boot answers, what systemd says of its state, and which units it waits for while it goes down. A systemd that hangs holds nothing up here. */
export const askRestart: Script = sh`cat /proc/sys/kernel/random/boot_id && timeout 5 systemctl is-system-running 2>/dev/null
timeout 5 systemctl list-jobs --no-legend --plain 2>/dev/null | awk '$3 == "stop" && $4 == "running" {print $2}'; true`;

/** What a look at a machine that was told to restart came to. `state`: systemd's word for it, "" when systemd does not answer. */
export type RestartSeen =
  | { readonly boot: string; readonly state: string; readonly stopping: readonly string[] }
  | { readonly noAnswer: string };

/** Reads the answer of `askRestart`. */
export function readRestart({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }): RestartSeen {
  const [boot = "", ...lines] = stdout.trim().split("\n");
  if (code !== 0 || boot === "")
    return { noAnswer: `which boot it is is not to be seen: ${stderr.trim() || `exit code ${code}`}` };
  const state = /^[a-z]+$/.test(lines[0] ?? "") ? (lines[0] ?? "") : "";
  // A container's scope bears its name, of which crictl takes the beginning.
  const stopping = lines.filter((line) => line.includes(".")).map((unit) => unit.replace(/([0-9a-f]{12})[0-9a-f]{52}/, "$1"));
  return { boot, state, stopping };
}

/**
 * null: another boot than `before` answers. Otherwise which part of its restart the machine is in, `told` seconds after it was told to, `silent`
 * seconds after its last answer.
 */
export function restartPhase(
  seen: RestartSeen,
  before: string,
  { told, silent }: { told: number; silent: number },
): string | null {
  if ("noAnswer" in seen) return `no answer${after("for", silent)}: ${seen.noAnswer}`;
  if (seen.boot !== before) return null;
  const still = `the boot of before still answers${after("after", told)}`;
  if (seen.state === "") return `${still}, but its systemd does not: it goes down, or hangs there`;
  if (seen.state !== "stopping") return `${still}: it has not begun to go down`;
  const waits = seen.stopping.length === 0 ? "" : `, waits for the end of ${seen.stopping.slice(0, 3).join(", ")}`;
  return `it goes down${after("for", told)}${waits}`;
}

/** " for 30 s", " for 4 min", at first "": in steps, so that what is told changes now and then and not at each look. */
const after = (word: string, seconds: number): string =>
  seconds < 30 ? "" : ` ${word} ${seconds < 60 ? "30 s" : `${Math.floor(seconds / 60)} min`}`;

/** What to try when the time is over. */
export function restartHint(seen: RestartSeen): string {
  const again = "then run the same command again: its turn comes again";
  if ("noAnswer" in seen)
    return `its console says whether it is off, hangs in its boot or has another address; bring it up, ${again}`;
  if (seen.state === "") return `its console says what it hangs at; switch it off and on, ${again}`;
  return `systemctl list-jobs and systemd-inhibit --list say there what holds it up; restart it by hand, ${again}`;
}
