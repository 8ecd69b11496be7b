import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Client, ClientChannel } from "ssh2";
import type { SshSpec } from "../model/cluster.ts";
import { type AuthDeps, authMethods } from "./authMethods.ts";
import { HostError } from "./host.ts";
import { hostKeyAlgorithms, otherAlgorithms } from "./hostKey.ts";
import { orAbort, withDeadline } from "./limit.ts";
import { connectTimeout, openTcp } from "./openTcp.ts";
import { sshHandshake } from "./sshHandshake.ts";
import { Tunnel } from "./tunnel.ts";
import { knownKeys } from "./verifyHostKey.ts";

export type SshTarget = Omit<SshSpec, "bastion" | "sudoPasswordEnv">;

export interface ConnectionDeps extends AuthDeps {
  readonly acceptNewHostKeys: boolean;
}

/** One authenticated connection. */
export interface SshConnection {
  readonly name: string;
  /** Fires when the connection is no more; its reason is a HostError "lost". */
  readonly gone: AbortSignal;
  /** Starts a command line of the login shell. Rejects with HostError "channel" when no session comes free in time. */
  exec(command: string): Promise<ClientChannel>;
  /** A TCP stream from there to another address. */
  forward(forWhom: string, host: string, port: number): Promise<Duplex>;
  close(): Promise<void>;
}

/** OpenSSH allows 10 sessions a connection (MaxSessions) and frees one a little after its end, so a refusal is asked again for this long. */
const channelDeadline = 10_000;
const channelInterval = 20;

function isRefusal(error: Error): boolean {
  return "reason" in error && typeof error.reason === "number";
}

/** Connects through `via` or directly, verifies the host key, logs in. Rejects with HostError. */
export async function openSshConnection(
  name: string,
  ssh: SshTarget,
  deps: ConnectionDeps,
  via?: SshConnection,
  signal?: AbortSignal,
): Promise<SshConnection> {
  const known = await knownKeys(name, ssh);
  const auth = await authMethods(name, ssh, deps);
  const shown: string[] = [];
  let mismatch: HostError | undefined;
  let algorithms = hostKeyAlgorithms(
    ssh.hostKeys.length > 0 ? [] : known.filter((host) => !host.revoked).map((host) => host.key.type),
  );
  for (;;) {
    const stream = await (via?.forward(name, ssh.host, ssh.port) ?? openTcp(name, ssh.host, ssh.port, signal));
    const handshake = { name, ssh, known, algorithms, auth, signal, acceptNewHostKeys: deps.acceptNewHostKeys };
    try {
      return makeConnection(name, stream, await sshHandshake(stream, { ...handshake, onHostKey: (key) => shown.push(key.type) }));
    } catch (error) {
      // A fingerprint does not say which type of key it is of, so the server is asked for each type it has.
      const another = ssh.hostKeys.length > 0 && error instanceof HostError && error.kind === "host-key-changed";
      if (another) mismatch ??= error;
      algorithms = otherAlgorithms(shown);
      if (!another || algorithms.length === 0) throw mismatch ?? error;
    }
  }
}

function makeConnection(name: string, stream: Duplex, client: Client): SshConnection {
  const controller = new AbortController();
  const gone = controller.signal;
  let cause: Error | undefined;
  client.removeAllListeners("error").removeAllListeners("close");
  client.on("error", (error) => {
    cause ??= error;
  });
  client.on("close", () =>
    controller.abort(
      new HostError("lost", name, `the connection to ${name} was lost`, {
        ...(cause === undefined ? {} : { seen: cause.message }),
        cause,
      }),
    ),
  );

  const open = <T extends Duplex>(start: (done: (error: Error | undefined, channel: T) => void) => void): Promise<T> =>
    orAbort(
      new Promise<T>((resolve, reject) => {
        gone.throwIfAborted();
        start((error, channel) => (error ? reject(error) : resolve(channel)));
      }),
      gone,
    );

  return {
    name,
    gone,
    async exec(command) {
      const deadline = Date.now() + channelDeadline;
      for (let wait = channelInterval; ; wait = Math.min(wait * 2, 500)) {
        try {
          return await open<ClientChannel>((done) => client.exec(command, done));
        } catch (error) {
          gone.throwIfAborted();
          if (error instanceof HostError) throw error;
          if (!isRefusal(error as Error) || Date.now() + wait > deadline)
            throw new HostError("channel", name, `${name} refuses to open another session`, {
              seen: (error as Error).message,
              hint: "sshd's MaxSessions there is low, or something else uses the connection",
              cause: error,
            });
          await delay(wait);
        }
      }
    },
    async forward(forWhom, host, port) {
      const late = (): HostError =>
        new HostError("unreachable", forWhom, `${host} port ${port} did not answer ${name} within ${connectTimeout / 1000} s`);
      try {
        return new Tunnel(
          await withDeadline(
            open<ClientChannel>((done) => client.forwardOut("127.0.0.1", 0, host, port, done)),
            connectTimeout,
            late,
          ),
        );
      } catch (error) {
        if (error instanceof HostError) throw error;
        throw new HostError("unreachable", forWhom, `the bastion ${name} cannot reach ${host} port ${port}`, {
          seen: (error as Error).message,
          hint: "check the address as seen from the bastion, and that its sshd has AllowTcpForwarding yes",
          cause: error,
        });
      }
    },
    async close() {
      if (gone.aborted) return;
      const closed = new Promise<void>((resolve) => gone.addEventListener("abort", () => resolve(), { once: true }));
      client.end();
      const timer = setTimeout(() => stream.destroy(), 2_000);
      await closed;
      clearTimeout(timer);
    },
  };
}
