/** Text for terminals: harmless, measured, cut and wrapped. Everything a node or a user said passes through `printable`. */

// Cf holds the bidirectional overrides, zero-width characters and tags that make text look like something else.
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;
const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\e" };

/** One line in which control, formatting and private characters are spelled out: an ESC becomes `\e`, a line feed `\n`. */
export const printable = (text: string): string => text.replace(unsafe, (char) => named[char] ?? spelled(char));

/** Lines of a text, each made harmless. Tabs become four spaces; a final line feed makes no empty line. */
export const printableLines = (text: string): readonly string[] =>
  text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => printable(line.replaceAll("\t", "    ")));

/** JSON that may be shown on a terminal: what JSON itself leaves in strings (C1 controls, text direction) becomes `\\u` escapes. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(unsafe, (char) => (char === "\n" ? char : units(char)));

const units = (char: string): string =>
  char
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

function spelled(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

// Wide and fullwidth blocks of Unicode's EastAsianWidth.txt, as far as names and messages use them, and emoji.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const ansi = /\x1b\[[0-9;]*m/g;

/** Terminal columns of a printable text; colour codes count nothing. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text.replace(ansi, "")) width += /\p{M}/u.test(char) ? 0 : wide.test(char) ? 2 : 1;
  return width;
}

export const padTo = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)));

/** Cut to `width` columns, with "…" for what is gone. `text` holds no colour codes. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  for (const char of text) {
    if (widthOf(kept + char) > width - 1) break;
    kept += char;
  }
  return `${kept}…`;
}

/** Lines of at most `width` columns, broken between words; a word longer than that stays whole, so that it can be copied. */
export function wrapTo(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(joined) > width) {
      lines.push(line);
      line = word;
    } else line = joined;
  }
  return [...lines, line];
}

/** "1 node", "3 nodes", "2 changes". */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
