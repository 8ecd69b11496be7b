import { connect, type Socket } from "node:net";
import { HostError } from "./host.ts";

/** A bad network shows within this time; a good one answers in a small part of it. */
export const connectTimeout = 10_000;

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refused the connection; is sshd running there?",
  ENOTFOUND: "is not a name that can be resolved",
  EAI_AGAIN: "could not be resolved: the name server does not answer",
  EHOSTUNREACH: "cannot be reached: no route to this host",
  ENETUNREACH: "cannot be reached: no route to this network",
};

/** A TCP connection with Nagle's algorithm off (commands are small, and each would wait for the last one's acknowledgement). */
export function openTcp(name: string, host: string, port: number, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.removeAllListeners();
      act();
    };
    const fail = (reason: unknown): void =>
      settle(() => {
        socket.on("error", () => undefined);
        socket.destroy();
        reject(reason);
      });
    const unreachable = (what: string, cause?: unknown): HostError =>
      new HostError("unreachable", name, `${host} port ${port} ${what}`, {
        hint: "check address and port in the inventory, the machine and the network",
        cause,
      });
    const onAbort = (): void => fail(signal?.reason);
    const timer = setTimeout(() => fail(unreachable(`did not answer within ${connectTimeout / 1000} s`)), connectTimeout);
    socket.once("connect", () => settle(() => resolve(socket)));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      fail(unreachable(words[error.code ?? ""] ?? `could not be connected to (${error.code ?? "unknown reason"})`, error)),
    );
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}
