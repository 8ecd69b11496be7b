import type { Writable } from "node:stream";

/** A command under way, here or on a node. */
export interface Child {
  /** Only for a command started with `stdin: true`. */
  readonly stdin: Writable;
  /** The exit code (128 + n for signal n), once all output has been delivered. Rejects with HostError when there is no answer. */
  readonly ended: Promise<number>;
  /** Ends the command and everything in its process group. Settles when that is done or cannot be done. */
  kill(): Promise<void>;
}

export interface Output {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
}

/** Starts a POSIX sh script as root. Without stdin it reads /dev/null. */
export type Launch = (script: string, output: Output, options: { readonly stdin: boolean }) => Promise<Child>;

/** How long a `kill` may take; after that the connection is as good as gone. */
export const killDeadline = 5_000;
