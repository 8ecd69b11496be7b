import type { Secret } from "../model/secret.ts";

/** A machine that can be told what to do. Every command runs as root (through sudo where the login user is not root). */
export interface Host {
  readonly name: string;
  /** Runs a POSIX sh script. Never rejects because of the script's exit code; rejects with HostError when there is no answer. */
  run(script: string, options?: RunOptions): Promise<RunResult>;
  /**
   * Writes a file: streams to a temporary name beside `path`, checks size and sha256 there, sets mode and owner, renames.
   * On any failure the temporary file is removed and `path` is as it was. Not forced to disk: one fsync would wait for all that is being
   * brought beside it; what a power cut undoes, the next look finds by its digest.
   */
  put(path: string, content: PutContent, options?: PutOptions): Promise<void>;
  /** Starts a command that lives as long as its stdin stays open; used for locks. `closed` settles when it ends for any reason. */
  hold(script: string): Promise<Held>;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly stdin?: string | Buffer | Secret;
  /** Milliseconds without the command ending after which it is given up as HostError "timeout". Default 60 000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type PutContent =
  | { readonly kind: "bytes"; readonly bytes: Buffer | Secret }
  /** A local file of known digest; streamed, never held in memory whole. */
  | { readonly kind: "file"; readonly file: string; readonly sha256: string };

export interface PutOptions {
  /** Octal string, default "0644". */
  readonly mode?: string;
  /** "root:root" unless said. */
  readonly owner?: string;
  readonly signal?: AbortSignal;
}

export interface Held {
  /** First line the command printed on stdout. */
  readonly firstLine: string;
  readonly closed: Promise<void>;
  release(): Promise<void>;
}

/** Opens a session. Rejects with HostError; `kind` says why, and only "unreachable", "lost" and "channel" are transient. */
export type Connect = (nodeName: string, signal?: AbortSignal) => Promise<Host>;

export type HostErrorKind =
  | "unreachable" // no TCP answer, refused, name not found, bastion cannot reach it
  | "host-key-unknown"
  | "host-key-changed"
  | "auth" // key or agent refused
  | "key-file" // identity file missing, unreadable, encrypted without a passphrase
  | "sudo" // sudo refused or wants a password that was not given
  | "lost" // connection died in mid-command
  | "channel" // server refused one more channel
  | "timeout"
  | "put"; // file did not arrive whole, disk full, ...

export class HostError extends Error {
  readonly kind: HostErrorKind;
  readonly host: string;
  /** What the other side said, redacted. */
  readonly seen: string | undefined;
  readonly hint: string | undefined;
  constructor(kind: HostErrorKind, host: string, message: string, more: { seen?: string; hint?: string; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.name = "HostError";
    this.kind = kind;
    this.host = host;
    this.seen = more.seen;
    this.hint = more.hint;
  }
  get transient(): boolean {
    return this.kind === "unreachable" || this.kind === "lost" || this.kind === "channel";
  }
}
