import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { quote, Script, sh } from "../../../src/host/sh.ts";

const run = (script: Script): string => execFileSync("/bin/sh", ["-c", script.text], { encoding: "utf8" });

/** Random text in which everything a shell could trip over is likely. */
function hostile(): string {
  const pool = [
    ..."'\"\\$`!*?~#&|;<>(){}[]=%- \t\n\r",
    "$(id)",
    `\${HOME}`,
    "''",
    "\\'",
    "é",
    "漢",
    "\u0081",
    "\u0088",
    "\u{1f600}",
    "-n",
    "\x01",
    "\x7f",
  ];
  return [...randomBytes(1 + ((randomBytes(1)[0] as number) % 40))].map((byte) => pool[byte % pool.length]).join("");
}

describe("sh", () => {
  it("hands every word to a real /bin/sh unchanged", () => {
    const words = ["", " ", "'", "''", "\n", "-e", ...Array.from({ length: 400 }, hostile)];
    expect(run(sh`printf '%s\\001' ${words}`)).toBe(words.map((word) => `${word}\x01`).join(""));
  });

  it("keeps a word one word wherever it stands", () => {
    const word = "a  b; echo pwned";
    expect(run(sh`x=${word}; printf '[%s]' "$x" pre${word}post`)).toBe(`[${word}][pre${word}post]`);
  });

  it("splices scripts, joins lines, leaves the shell's own expansions alone", () => {
    const part = sh`echo ${"it's"}`;
    expect(run(sh.lines([part, sh`v=abc; ${sh.raw('echo "$v"')}; echo \${v%c}`]))).toBe("it's\nabc\nab\n");
  });

  it("takes numbers, refuses NUL bytes and anything that is not a word", () => {
    expect(sh`kill -${9} ${[1, 2n]}`.text).toBe("kill -'9' '1' '2'");
    expect(() => quote("a\0b")).toThrow(TypeError);
    expect(() => sh`echo ${"a\0b"}`).toThrow(TypeError);
    expect(() => new Script("a\0b")).toThrow(TypeError);
    expect(() => sh`echo ${undefined as unknown as string}`).toThrow(TypeError);
    expect(() => sh`echo ${{} as unknown as string}`).toThrow(TypeError);
  });
});
