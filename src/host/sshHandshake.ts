import type { Duplex } from "node:stream";
import ssh2, { type AnyAuthMethod } from "ssh2";
import type { SshSpec } from "../model/cluster.ts";
import type { AuthMethods } from "./authMethods.ts";
import { HostError } from "./host.ts";
import { type HostKey, type HostKeyAlgorithm, readHostKey } from "./hostKey.ts";
import type { KnownHost } from "./knownHosts.ts";
import { connectTimeout } from "./openTcp.ts";
import { judgeHostKey, rememberHostKey, unknownHostKey } from "./verifyHostKey.ts";

/** What ssh2 adds to its errors; the only parts of them that decide anything. */
type Ssh2Error = Error & { level?: string; code?: string | number };

export interface Handshake {
  readonly name: string;
  readonly ssh: Pick<SshSpec, "host" | "port" | "user" | "hostKeys" | "knownHosts">;
  readonly known: readonly KnownHost[];
  readonly algorithms: readonly HostKeyAlgorithm[];
  readonly auth: AuthMethods;
  readonly acceptNewHostKeys: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told which key the server shows, before it is judged. */
  readonly onHostKey: (key: HostKey) => void;
}

const keepalive = { keepaliveInterval: 15_000, keepaliveCountMax: 3 };

/** Verifies the server, logs in. The stream is destroyed when that fails. */
export function sshHandshake(stream: Duplex, how: Handshake): Promise<ssh2.Client> {
  const { name, ssh, auth } = how;
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    let refused: HostError | undefined;
    let tried = 0;
    const settle = (act: () => void): void => {
      how.signal?.removeEventListener("abort", onAbort);
      act();
    };
    const fail = (reason: unknown): void =>
      settle(() => {
        stream.destroy();
        reject(reason);
      });
    const onAbort = (): void => fail(how.signal?.reason);
    const authRefused = (seen?: string): HostError =>
      new HostError("auth", name, `${ssh.host} refused to log in ${ssh.user}; offered: ${auth.offered.join(", ")}`, {
        ...(seen === undefined ? {} : { seen }),
        hint: `add one of these public keys to ~${ssh.user}/.ssh/authorized_keys there, or name another identityFile or user`,
      });
    const explain = (error: Ssh2Error): HostError => {
      if (refused !== undefined) return refused;
      if (error.level === "client-authentication" || (tried > 0 && typeof error.code === "number"))
        return authRefused(typeof error.code === "number" ? error.message : undefined);
      const message =
        error.level === "client-timeout"
          ? `${ssh.host} port ${ssh.port} accepted the connection but did not finish the SSH handshake within ${connectTimeout / 1000} s`
          : `the SSH handshake with ${ssh.host} port ${ssh.port} failed`;
      return new HostError("unreachable", name, message, {
        seen: error.message,
        hint: "is this an SSH server? its log says more (journalctl -u ssh)",
        cause: error,
      });
    };
    client.on("ready", () => settle(() => resolve(client)));
    client.on("error", (error: Ssh2Error) => {
      const agentOrKeyFailed =
        error.level === "agent" || (error.level === "client-authentication" && tried <= auth.methods.length);
      if (!agentOrKeyFailed) fail(explain(error));
    });
    client.on("close", () => fail(explain(new Error("the server closed the connection"))));
    if (how.signal?.aborted === true) return onAbort();
    how.signal?.addEventListener("abort", onAbort, { once: true });
    client.connect({
      ...keepalive,
      sock: stream,
      username: ssh.user,
      readyTimeout: connectTimeout,
      algorithms: { serverHostKey: [...how.algorithms] },
      authHandler: (_left: unknown, _partial: unknown, next: (method: AnyAuthMethod) => void) => {
        const method = auth.methods[tried++];
        next(method ?? (false as unknown as AnyAuthMethod));
      },
      hostVerifier: (blob: Buffer, verify: (ok: boolean) => void) => {
        const key = readHostKey(blob);
        how.onHostKey(key);
        const verdict = judgeHostKey(name, ssh, how.known, key);
        const settleVerdict = (error?: HostError): void => {
          refused = error;
          verify(error === undefined);
        };
        if (verdict === "ok") settleVerdict();
        else if (verdict !== "unknown") settleVerdict(verdict);
        else if (how.acceptNewHostKeys) rememberHostKey(name, ssh, key).then(() => settleVerdict(), settleVerdict);
        else settleVerdict(unknownHostKey(name, ssh, key));
      },
    });
  });
}
