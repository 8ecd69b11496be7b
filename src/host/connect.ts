import { setTimeout as delay } from "node:timers/promises";
import type { ClusterSpec, NodeSpec } from "../model/cluster.ts";
import { type Connect, type Host, HostError } from "./host.ts";
import { orAbort } from "./limit.ts";
import { makeRedactor, type Redactor } from "./redact.ts";
import { openSshConnection, type SshConnection, type SshTarget } from "./sshConnection.ts";
import { connectSsh } from "./sshHost.ts";

export interface ConnectOptions {
  readonly acceptNewHostKeys: boolean;
  /** Path of the SSH agent's socket. */
  readonly agentSocket?: string;
  /** Where PROVISION_SSH_PASSPHRASE and the inventory's sudoPasswordEnv are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Shared by all nodes; learns the passwords on the way. */
  readonly redactor?: Redactor;
}

/** A machine that does not answer is asked again, in all within this time. */
const retry = { tries: 3, interval: 500, deadline: 45_000 };

/** Repeats `attempt` after errors typed as transient; the last one is thrown. */
export async function retryTransient<T>(attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const deadline = Date.now() + retry.deadline;
  for (let tried = 1, wait = retry.interval; ; tried++, wait *= 2) {
    try {
      return await attempt();
    } catch (error) {
      const again = error instanceof HostError && error.transient && tried < retry.tries && Date.now() + wait < deadline;
      if (!again) throw error;
      await delay(wait, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
}

/** Sessions to the nodes of a cluster by name. Nodes behind the same bastion share one connection to it, closed with the last of them. */
export function makeConnect(cluster: Pick<ClusterSpec, "nodes" | "source">, options: ConnectOptions): Connect {
  const redactor = options.redactor ?? makeRedactor();
  const deps = { ...options, redactor };
  const bastions = shareBastions((target) => openSshConnection(target.host, target, deps));

  const open = async (node: NodeSpec, signal?: AbortSignal): Promise<Host> => {
    const abort = signal === undefined ? {} : { signal };
    if (node.ssh.bastion === null) return connectSsh(node.ssh, node.name, { ...deps, ...abort });
    const { connection, release } = await bastions(node.ssh.bastion, signal);
    try {
      const host = await connectSsh(node.ssh, node.name, { ...deps, ...abort, bastion: connection });
      return closingWith(host, release);
    } catch (error) {
      await release();
      throw error;
    }
  };

  return async (nodeName, signal) => {
    const node = cluster.nodes.find(({ name }) => name === nodeName);
    if (node === undefined) throw new RangeError(`no node ${nodeName} in ${cluster.source}`);
    return retryTransient(() => open(node, signal), signal);
  };
}

const closingWith = (host: Host, release: () => Promise<void>): Host => ({
  name: host.name,
  run: (script, options) => host.run(script, options),
  put: (path, content, options) => host.put(path, content, options),
  hold: (script) => host.hold(script),
  async close() {
    await host.close();
    await release();
  },
});

interface Lease {
  readonly connection: SshConnection;
  release(): Promise<void>;
}

/** One connection per distinct target, opened on first use, closed on the last release, opened anew after a loss. */
function shareBastions(
  open: (target: SshTarget) => Promise<SshConnection>,
): (target: SshTarget, signal?: AbortSignal) => Promise<Lease> {
  const shared = new Map<string, { readonly opening: Promise<SshConnection>; users: number }>();
  return async (target, signal) => {
    const key = JSON.stringify(target);
    const entry = shared.get(key) ?? { opening: open(target), users: 0 };
    shared.set(key, entry);
    entry.users++;
    let released = false;
    const forget = (): void => {
      if (shared.get(key) === entry) shared.delete(key);
    };
    const release = async (): Promise<void> => {
      if (released) return;
      released = true;
      if (--entry.users > 0) return;
      forget();
      const connection = await entry.opening.catch(() => undefined);
      await connection?.close();
    };
    try {
      const connection = await (signal === undefined ? entry.opening : orAbort(entry.opening, signal));
      if (connection.gone.aborted) forget();
      else connection.gone.addEventListener("abort", forget, { once: true });
      connection.gone.throwIfAborted();
      return { connection, release };
    } catch (error) {
      await release();
      throw error;
    }
  };
}
