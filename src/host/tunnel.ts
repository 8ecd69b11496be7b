import { Duplex } from "node:stream";

/**
 * A forwarded stream that sends what is written in one turn as one piece. ssh2 writes a packet and its authentication tag apart; the bastion
 * would hand them on as two segments, and the second waits some 40 ms for the acknowledgement of the first (Nagle's algorithm there).
 */
export class Tunnel extends Duplex {
  readonly #channel: Duplex;

  constructor(channel: Duplex) {
    super();
    this.#channel = channel;
    channel.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.on("end", () => this.push(null));
    channel.on("error", (error) => this.destroy(error));
    channel.on("close", () => this.destroy());
  }

  override write(...parameters: unknown[]): boolean {
    if (this.writableCorked === 0) {
      this.cork();
      process.nextTick(() => this.uncork());
    }
    return (super.write as (...all: unknown[]) => boolean)(...parameters);
  }

  override _writev(chunks: readonly { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#channel.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#channel.write(chunk, done);
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#channel.destroy();
    done(error);
  }
}
