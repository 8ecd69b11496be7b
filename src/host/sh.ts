/** Text that is already POSIX sh. Only `sh` and its helpers make one, so a plain string can never be taken for it. */
export class Script {
  readonly text: string;
  constructor(text: string) {
    if (text.includes("\0")) throw new TypeError("a NUL byte cannot stand in a shell script");
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

export type Word = string | number | bigint | Script;

/** One word as POSIX sh reads it back unchanged. Throws TypeError on a NUL byte, which no argument can hold. */
export function quote(word: string): string {
  if (word.includes("\0")) throw new TypeError("a NUL byte cannot stand in a shell word");
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function splice(value: Word | readonly Word[]): string {
  if (value instanceof Script) return value.text;
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" || typeof value === "bigint") return quote(String(value));
  if (Array.isArray(value)) return value.map(splice).join(" ");
  throw new TypeError(`sh takes strings, numbers, scripts and arrays of them, not ${typeof value}`);
}

/**
 * A shell script with its values quoted: strings and numbers become one single-quoted word, arrays several words, a Script stands as it is.
 * Do not put a value inside quotes of the template itself. A literal `${` of the shell is written `\${`.
 */
export function sh(text: TemplateStringsArray, ...values: readonly (Word | readonly Word[])[]): Script {
  return new Script(text.map((part, index) => (index === 0 ? part : splice(values[index - 1] as Word) + part)).join(""));
}

/** Marks constant text of this program as a script. Never for anything a user or a node said. */
sh.raw = (text: string): Script => new Script(text);

/** One script per line. */
sh.lines = (scripts: readonly Script[]): Script => new Script(scripts.map((script) => script.text).join("\n"));
