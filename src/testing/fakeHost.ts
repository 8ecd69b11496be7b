import type { Held, Host, PutContent, PutOptions, RunOptions, RunResult } from "../host/host.ts";
import { reveal } from "../model/secret.ts";

export interface FakeReply {
  /** The whole script, a pattern in it, or a judgement of it. */
  readonly when: string | RegExp | ((script: string) => boolean);
  /** What the node says: missing parts are "" and 0. A function sees what was sent; it may throw a HostError. */
  readonly reply:
    | Partial<RunResult>
    | ((script: string, options: RunOptions) => Partial<RunResult> | Promise<Partial<RunResult>>);
  /** Good for this many uses; any number unless said. */
  readonly times?: number;
}

export interface FakePut {
  readonly path: string;
  /** Secrets included: a test may want to see that they arrive. Empty for a local file, which is named by `file`. */
  readonly bytes: Buffer;
  readonly file?: string;
  readonly options: PutOptions;
}

/** A Host that only knows what it was told: any other script fails the test with that script's text. */
export class FakeHost implements Host {
  readonly name: string;
  readonly ran: { readonly script: string; readonly options: RunOptions }[] = [];
  readonly puts: FakePut[] = [];
  readonly held: { readonly script: string; released: boolean }[] = [];
  closed = false;
  readonly #replies: { readonly reply: FakeReply; left: number }[];
  readonly #paths: (path: string) => boolean;

  /** `paths` says which files may be put; none unless said. */
  constructor(name: string, replies: readonly FakeReply[], paths: (path: string) => boolean = () => false) {
    this.name = name;
    this.#replies = replies.map((reply) => ({ reply, left: reply.times ?? Number.POSITIVE_INFINITY }));
    this.#paths = paths;
  }

  async run(script: string, options: RunOptions = {}): Promise<RunResult> {
    this.#mustBeOpen(script);
    options.signal?.throwIfAborted();
    this.ran.push({ script, options });
    const { reply } = this.#find(script);
    const said = typeof reply === "function" ? await reply(script, options) : reply;
    return { code: 0, stdout: "", stderr: "", ...said };
  }

  async put(path: string, content: PutContent, options: PutOptions = {}): Promise<void> {
    this.#mustBeOpen(`put ${path}`);
    options.signal?.throwIfAborted();
    if (!this.#paths(path)) throw new Error(`${this.name} was not told that it would get the file ${path}`);
    if (content.kind === "file") this.puts.push({ path, bytes: Buffer.alloc(0), file: content.file, options });
    else {
      const bytes = Buffer.isBuffer(content.bytes) ? content.bytes : Buffer.from(reveal(content.bytes));
      this.puts.push({ path, bytes, options });
    }
  }

  /** The first line of the scripted stdout is what the held command prints. */
  async hold(script: string): Promise<Held> {
    const { stdout } = await this.run(script);
    const record = { script, released: false };
    this.held.push(record);
    let end = (): void => undefined;
    const closed = new Promise<void>((resolve) => {
      end = resolve;
    });
    return {
      firstLine: stdout.split("\n", 1)[0] ?? "",
      closed,
      async release() {
        record.released = true;
        end();
      },
    };
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  #mustBeOpen(what: string): void {
    if (this.closed) throw new Error(`${this.name} is closed and was asked: ${what}`);
  }

  #find(script: string): FakeReply {
    const matches = ({ when }: FakeReply): boolean =>
      typeof when === "string" ? when === script : typeof when === "function" ? when(script) : when.test(script);
    const found = this.#replies.find(({ reply, left }) => left > 0 && matches(reply));
    if (found === undefined) throw new Error(`${this.name} was not told what to answer to:\n${script}`);
    found.left--;
    return found.reply;
  }
}
