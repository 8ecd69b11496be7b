import PQueue from "p-queue";
import type { SshSpec } from "../model/cluster.ts";
import { Secret } from "../model/secret.ts";
import type { Launch } from "./child.ts";
import { holdChild } from "./holdChild.ts";
import type { Host, RunOptions, RunResult } from "./host.ts";
import { limit } from "./limit.ts";
import { putFile } from "./putFile.ts";
import { makeRedactor, type Redactor } from "./redact.ts";
import { findRootAccess, type RootAccess } from "./rootAccess.ts";
import { openRootShell, type RootShell } from "./rootShell.ts";
import { defaultTimeout, runChild, timedOut } from "./runChild.ts";
import { type ConnectionDeps, openSshConnection, type SshConnection } from "./sshConnection.ts";
import { sshLaunch } from "./sshLaunch.ts";

export interface SshDeps extends ConnectionDeps {
  readonly redactor?: Redactor;
  /** Needed where the spec names a bastion. Whoever opened it closes it. */
  readonly bastion?: SshConnection;
  readonly signal?: AbortSignal;
}

/** Sessions in use at once, beside the shell and what is held: OpenSSH allows 10 a connection (MaxSessions). */
const parallel = 6;

/** Connects, verifies, logs in, finds out how to become root. Rejects with HostError; see HostErrorKind. */
export async function connectSsh(ssh: SshSpec, nodeName: string, deps: SshDeps): Promise<Host> {
  const redactor = deps.redactor ?? makeRedactor();
  if (ssh.bastion !== null && deps.bastion === undefined) throw new TypeError("a node behind a bastion needs deps.bastion");
  const via = ssh.bastion === null ? undefined : deps.bastion;
  const connection = await openSshConnection(nodeName, ssh, deps, via, deps.signal);
  try {
    return new SshHost(connection, await findRootAccess(connection, ssh, deps.env, redactor), redactor);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

class SshHost implements Host {
  readonly name: string;
  readonly #connection: SshConnection;
  readonly #redactor: Redactor;
  readonly #root: RootAccess;
  readonly #launch: Launch;
  readonly #queue = new PQueue({ concurrency: parallel });
  #shell: RootShell | undefined;
  #shellTaken = false;

  constructor(connection: SshConnection, root: RootAccess, redactor: Redactor) {
    this.name = connection.name;
    this.#connection = connection;
    this.#root = root;
    this.#redactor = redactor;
    this.#launch = (script, output, options) => sshLaunch(connection, root, redactor, script, output, options);
  }

  async run(script: string, options: RunOptions = {}): Promise<RunResult> {
    if (script.includes("\0")) throw new TypeError("a NUL byte cannot stand in a shell script");
    if (options.stdin instanceof Secret) this.#redactor.add(options.stdin);
    return this.#inTurn(options.signal, () =>
      options.stdin === undefined && !this.#shellTaken
        ? this.#runInShell(script, options)
        : runChild(this.#launch, this.name, script, options, this.#redactor),
    );
  }

  async #runInShell(script: string, options: RunOptions): Promise<RunResult> {
    this.#shellTaken = true;
    const timeout = options.timeout ?? defaultTimeout;
    const bound = limit(timeout, () => timedOut(this.name, script, timeout, this.#redactor), options.signal);
    try {
      if (this.#shell?.open !== true) this.#shell = await openRootShell(this.#connection, this.#root, this.#redactor);
      return await this.#shell.run(script, bound);
    } finally {
      bound.clear();
      this.#shellTaken = false;
    }
  }

  put: Host["put"] = (path, content, options = {}) =>
    this.#inTurn(options.signal, () => putFile(this.#launch, this.name, path, content, options, this.#redactor));

  hold: Host["hold"] = (script) => holdChild(this.#launch, this.name, script);

  /** Waits for a free session, then works. When the connection is lost all turns come at once, and fail. */
  async #inTurn<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return this.#queue.add(() => {
      signal?.throwIfAborted();
      this.#connection.gone.throwIfAborted();
      return work();
    });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
