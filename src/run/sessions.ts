import { setTimeout as after } from "node:timers/promises";
import type { Connect, Host } from "../host/host.ts";
import { HostError } from "../host/host.ts";

/** How long a machine may be away before work on it has failed: longer than a restart of a large server's network, shorter than a person's patience. */
const patienceMs = 120_000;
const againMs = 2_000;

/** Open SSH sessions of one run, one per node, made when first asked for and made anew after a loss. */
export class Sessions {
  readonly #connect: Connect;
  readonly #open = new Map<string, Promise<Host>>();
  #closed = false;

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  /** The session with that node. Rejects with HostError. */
  host(node: string): Promise<Host> {
    const open = this.#open.get(node);
    if (open !== undefined) return open;
    // Work that outlived the run would connect again, and that connection would keep the process alive for ever.
    if (this.#closed) return Promise.reject(new HostError("lost", node, `the sessions are closed, that with ${node} too`));
    const opening = this.#connect(node);
    this.#open.set(node, opening);
    opening.catch(() => this.#open.delete(node));
    return opening;
  }

  /** Runs `use` with the node's session; once more over a new session when the first one was lost. `use` must be repeatable. */
  async with<T>(node: string, use: (host: Host) => Promise<T>): Promise<T> {
    const session = this.#open.get(node);
    try {
      return await use(await this.host(node));
    } catch (error) {
      if (!(error instanceof HostError) || !error.transient || session === undefined) throw error;
      if (this.#open.get(node) === session) this.#open.delete(node);
      return use(await this.host(node));
    }
  }

  /** Like `with`, but a machine that answered before is given time to come back: cables are pulled, machines boot. `use` must be repeatable. */
  async patiently<T>(node: string, use: (host: Host) => Promise<T>): Promise<T> {
    const known = this.#open.has(node);
    const since = performance.now();
    for (;;) {
      try {
        return await this.with(node, use);
      } catch (error) {
        const transient = error instanceof HostError && error.transient;
        if (!transient || !known || this.#closed || performance.now() - since > patienceMs) throw error;
        await after(againMs);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const hosts = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    await Promise.allSettled(hosts.map((host) => (host.status === "fulfilled" ? host.value.close() : Promise.resolve())));
  }
}
