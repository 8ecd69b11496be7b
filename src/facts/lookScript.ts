import { type Script, sh } from "../host/sh.ts";
import { type Fact, FactError, type FactReplies, type FactReply } from "./fact.ts";

/**
 * One read-only script that answers all `facts` in one round trip. Each reply is framed by lines that begin with `nonce`
 * (unguessable, so that no file content can end a frame early); every probe runs in a subshell of its own.
 */
export function lookScript(facts: readonly Fact<unknown>[], nonce: string): Script {
  const frames = [...new Map(facts.map((fact) => [fact.key, fact])).values()].map(
    (fact, index) =>
      sh`printf '%s\\n' ${`${nonce} ${index}`}\n(\n${fact.script}\n) </dev/null 2>/dev/null\nprintf '\\n%s %s\\n' ${`${nonce} end`} $?`,
  );
  return sh`LC_ALL=C; export LC_ALL\n${sh.lines(frames)}\n`;
}

/** The replies to `lookScript(facts, nonce)`. Throws FactError when a frame is missing: the look did not run to its end. */
export function readLook(facts: readonly Fact<unknown>[], nonce: string, stdout: string): FactReplies {
  const keys = [...new Set(facts.map((fact) => fact.key))];
  const replies = new Map<string, FactReply>();
  let rest = stdout;
  keys.forEach((key, index) => {
    const open = `${nonce} ${index}\n`;
    const start = rest.indexOf(open);
    const end = rest.indexOf(`\n${nonce} end `, start);
    if (start < 0 || end < 0) throw new FactError(key, `the look at the machine ended before ${key}`, rest.slice(0, 200));
    const codeStart = end + nonce.length + 6;
    const lineEnd = rest.indexOf("\n", codeStart);
    replies.set(key, {
      code: Number(rest.slice(codeStart, lineEnd)),
      stdout: rest.slice(start + open.length, Math.max(end, start + open.length)),
    });
    rest = rest.slice(lineEnd + 1);
  });
  return replies;
}
