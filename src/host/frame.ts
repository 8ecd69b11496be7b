import { quote } from "./sh.ts";

/**
 * How one command travels through a long-lived shell. It runs in a child of the shell with nothing on stdin, then the shell prints
 * "\n<mark> <exit code>\n" on both streams. The mark is random, so no output can be taken for it.
 */
export const frameCommand = (mark: string, script: string): string =>
  `s=${quote(script)}; (eval "$s") </dev/null; r=$?; printf '\\n%s %s\\n' ${mark} $r; printf '\\n%s %s\\n' ${mark} $r >&2\n`;

export interface Frame {
  /** What stood before the mark. */
  readonly body: Buffer;
  readonly code: number;
  /** What came after the mark in the same chunk. */
  readonly rest: Buffer;
}

/** Collects one stream up to its end mark. Bytes, since output need not be text. */
export class FrameReader {
  readonly #mark: Buffer;
  #chunks: Buffer[] = [];
  #size = 0;
  /** The last bytes seen, where a mark may have begun. */
  #tail: Buffer = Buffer.alloc(0);
  #frame: Frame | undefined;

  constructor(mark: string) {
    this.#mark = Buffer.from(`\n${mark} `);
  }

  get size(): number {
    return this.#size;
  }

  /** Defined once the mark has come; what is pushed later is dropped. */
  get frame(): Frame | undefined {
    return this.#frame;
  }

  push(chunk: Buffer): Frame | undefined {
    if (this.#frame !== undefined) return this.#frame;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const window = Buffer.concat([this.#tail, chunk]);
    const at = window.indexOf(this.#mark);
    const end = at < 0 ? -1 : window.indexOf(0x0a, at + this.#mark.length);
    if (end < 0) {
      this.#tail = window.subarray(at < 0 ? Math.max(0, window.length - this.#mark.length + 1) : at);
      return undefined;
    }
    const code = Number(window.toString("latin1", at + this.#mark.length, end));
    const body = Buffer.concat(this.#chunks).subarray(0, this.#size - window.length + at);
    this.#chunks = [];
    this.#frame = { body, code, rest: window.subarray(end + 1) };
    return this.#frame;
  }

  /** What has come so far, for messages about a mark that never came. */
  get partial(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
