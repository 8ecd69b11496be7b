import { EventEmitter } from "node:events";

/** A terminal as a test reads it: keeps what was written, and can say what a person would see at the end. */
export class FakeTerminal extends EventEmitter {
  readonly isTTY = true;
  columns = 80;
  rows = 24;
  text = "";
  write(chunk: string | Buffer): boolean {
    this.text += chunk.toString();
    return true;
  }
  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }

  /** The lines left on the screen: knows line feeds, cursor up, column one, erase line. Other sequences leave no mark. */
  get seen(): readonly string[] {
    const lines: string[] = [""];
    let at = 0;
    for (const [, sequence, final, char] of this.text.matchAll(/\x1b\[([?0-9;]*)([A-Za-z])|([\s\S])/g)) {
      if (char === "\n") at++;
      else if (char !== undefined) lines[at] = (lines[at] ?? "") + char;
      else if (final === "A") at = Math.max(0, at - Number(sequence || 1));
      else if (final === "K") lines[at] = "";
    }
    return Array.from(lines, (line) => line ?? "").filter((line) => line !== "");
  }

  get cursorShown(): boolean {
    return this.text.lastIndexOf("\x1b[?25h") >= this.text.lastIndexOf("\x1b[?25l");
  }
}
