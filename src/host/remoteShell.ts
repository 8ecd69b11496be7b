import { randomBytes } from "node:crypto";
import { constants } from "node:os";

/**
 * Every command starts from the same place, whatever the login's profile, umask and locale are. The group is that of the shell or of the
 * sudo around it; any other (a server that gives sessions no group of their own) is reported as 0 and never killed.
 * One line, double quotes only: the login shell that reads it may be csh or fish.
 */
export const prelude = (mark: string): string =>
  [
    "cd /",
    "umask 022",
    'PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"',
    "LC_ALL=C",
    "export PATH LC_ALL",
    "read -r a a a a g a </proc/$$/stat",
    '[ "$g" = $$ ] || [ "$g" = $PPID ] || g=0',
    `printf "\\n%s %s\\n" ${mark} "$g"`,
  ].join("; ");

/** A token no output can contain by chance. */
export const randomMark = (): string => randomBytes(16).toString("hex");

/**
 * The script itself comes first on stdin, so it appears in no process list or sudo log and may be longer than one argument may be (128 KiB).
 * dd reads exactly that many bytes and leaves the rest to the script.
 */
export const startScript = (mark: string, bytes: number, stdin: boolean): string =>
  `${prelude(mark)}; s=$(dd bs=${bytes} count=1 iflag=fullblock 2>/dev/null); eval "$s"${stdin ? "" : " </dev/null"}`;

/** What a shell would call it: the code itself, or 128 + n for signal n. Undefined when the server told neither. */
export function exitCode(status: number | null | undefined, signal: string | undefined): number | undefined {
  if (typeof status === "number") return status;
  const number = signal === undefined ? undefined : constants.signals[signal as NodeJS.Signals];
  return number === undefined ? undefined : 128 + number;
}
