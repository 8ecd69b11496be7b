import { quote, type Script, sh } from "../../host/sh.ts";
import { listenPerl } from "./listenPerl.ts";
import { listenPython } from "./listenPython.ts";
import { sendPerl } from "./sendPerl.ts";
import { sendPython } from "./sendPython.ts";

/** Unguessable words of one run: only who knows `nonce` is recorded, only who knows `answer` is believed. Letters and digits. */
export interface Words {
  readonly nonce: string;
  readonly answer: string;
}

/** What a held listener prints when the machine has neither perl nor python3. */
export const noInterpreter = "neither";

const either = (perl: Script, python: Script): Script =>
  sh`if perl -MSocket -MFcntl -e 1 2>/dev/null; then ${perl}
elif python3 -c 'import select, socket' 2>/dev/null; then ${python}
else echo ${noInterpreter}; fi`;

/**
 * To be held: listens until its stdin ends, 20 seconds at most. `ports` as in listenPerl. What it records goes to a file that has no name
 * any more: when the process ends, for whatever reason, nothing is left.
 */
export function listenScript({ nonce, answer }: Words, address: string, ports: readonly string[]): Script {
  const environment = sh`B_NONCE=${nonce} B_ANSWER=${answer}`;
  const perl = sh`${environment} exec perl -e ${listenPerl} ${address} ${ports}`;
  const python = sh`${environment} exec python3 -c ${listenPython} ${address} ${ports}`;
  return sh`f=$(mktemp /run/provision-between.XXXXXX 2>/dev/null || mktemp) || exit 1; exec 3<>"$f"; rm -f "$f"\n${either(perl, python)}`;
}

/** Prints what the listener with that process id has recorded, one "<leg> <bytes>" a line, and "end". */
export const recordsScript = (pid: number): Script => sh`cat /proc/${sh.raw(String(pid))}/fd/3 && echo end`;

/** Reads its legs from stdin; see sendPerl. */
export const sendScript: Script = either(
  sh.raw(`exec perl -e ${quote(sendPerl)}`),
  sh.raw(`exec python3 -c ${quote(sendPython)}`),
);
